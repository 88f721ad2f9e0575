package dev.keywheel.fault.history;

import static java.util.stream.Collectors.groupingBy;

import dev.keywheel.fault.history.Evidence.AttemptRow;
import dev.keywheel.fault.history.Evidence.KeyChange;
import dev.keywheel.fault.history.Evidence.KeyRow;
import dev.keywheel.fault.history.Evidence.RunRow;
import dev.keywheel.fault.history.Evidence.SeatRow;
import dev.keywheel.fault.history.History.Action;
import dev.keywheel.fault.history.History.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Invariants I5 and I6, and the acknowledged changes of keys: when each key was used, and whether
 * the keys were used in turn.
 */
final class KeyChecker {
  /** A change and a use within this time may have happened in either order. */
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  /** Time of the tests for an assignment; the tested keys come after those already active. */
  private static final Duration TEST_TIME = Duration.ofSeconds(40);

  private final Evidence seen;
  private final Map<UUID, List<KeyChange>> changes;
  private final Map<UUID, Set<UUID>> usedBy;
  private final List<Violation> found = new ArrayList<>();

  private KeyChecker(Evidence seen) {
    this.seen = seen;
    this.changes = seen.changes().stream().collect(groupingBy(KeyChange::keyId));
    this.usedBy =
        seen.attempts().stream()
            .collect(
                groupingBy(
                    AttemptRow::runId, Collectors.mapping(AttemptRow::keyId, Collectors.toSet())));
  }

  static List<Violation> check(Evidence seen) {
    var checker = new KeyChecker(seen);
    checker.acknowledgedChangesExist();
    checker.noUnusableKeyIsUsed();
    checker.keysTakeTurns();
    return checker.found;
  }

  /**
   * Invariant I1, for keys: the change had been made at that time, or there was nothing to change.
   */
  private void acknowledgedChangesExist() {
    for (var action : seen.actions()) {
      if (action.result() == Result.OK) {
        switch (action.kind()) {
          case DISABLE -> requireChange(action, "disabled", Set.of("disabled", "deleted"));
          case ENABLE ->
              requireChange(action, "enabled", Set.of("added", "enabled", "restored", "deleted"));
          case DELETE -> requireChange(action, "deleted", Set.of("deleted"));
          case GENERATE, CANCEL, RETRY, IMPORT, TEST_ALL, SIGN_IN, ASK -> {}
        }
      }
    }
  }

  private void requireChange(Action action, String kind, Set<String> already) {
    var key = UUID.fromString(action.subject());
    var from = action.invoked().minus(AT_ONCE);
    var to = action.completed().plus(AT_ONCE);
    boolean there =
        of(key).stream()
            .anyMatch(c -> c.kind().equals(kind) && !c.at().isBefore(from) && !c.at().isAfter(to));
    boolean before =
        already.contains(switchedAt(key, action.completed()))
            || already.contains(switchedAt(key, to));
    if (!there && !before) {
      found.add(new Violation("I1", action + ", changes of the key: " + of(key)));
    }
  }

  /** The last change by a user. */
  private String switchedAt(UUID key, Instant at) {
    return of(key).stream()
        .filter(c -> !c.at().isAfter(at))
        .map(KeyChange::kind)
        .filter(Set.of("enabled", "disabled", "deleted", "restored")::contains)
        .reduce("added", (before, after) -> after);
  }

  /** Invariant I6. */
  private void noUnusableKeyIsUsed() {
    for (var attempt : seen.attempts()) {
      if (!"not_sent".equals(attempt.outcome())) {
        requireUsable(attempt, attempt.keyId(), attempt.model(), attempt.sentAt());
      }
    }
    for (var call : seen.gateway().calls()) {
      if (!call.state().equals("not_sent")) {
        requireUsable(call, call.keyId(), call.model(), call.openedAt());
      }
    }
  }

  private void requireUsable(Object call, UUID key, String model, Instant sent) {
    boolean since = outOfUse(key, model, sent.minus(AT_ONCE));
    boolean now = outOfUse(key, model, sent);
    boolean changed =
        of(key).stream()
            .anyMatch(c -> Duration.between(c.at(), sent).abs().compareTo(AT_ONCE) <= 0);
    if (since && now && !changed) {
      found.add(new Violation("I6", call + ", changes of its key: " + of(key)));
    }
  }

  private boolean outOfUse(UUID key, String model, Instant at) {
    var switched = switchedAt(key, at);
    var status = statusAt(key, at);
    return switched.equals("disabled")
        || switched.equals("deleted")
        || status.equals("failed")
        || (status.equals("rate_limited") && model.endsWith(":free"));
  }

  private String statusAt(UUID key, Instant at) {
    return of(key).stream()
        .filter(c -> !c.at().isAfter(at) && c.kind().equals("status") && c.to() != null)
        .map(c -> String.valueOf(c.to()))
        .reduce("active", (before, after) -> after);
  }

  /**
   * Invariant I5: before a key got a seat again, every other usable key was assigned. Missing
   * rotation numbers, which belong to replaced plans, may be those of such keys.
   */
  private void keysTakeTurns() {
    var keysByNumber = keysByNumber();
    for (var run : seen.runs()) {
      var planned = plannedAt(run);
      if (planned != null) {
        var had = usedBy.getOrDefault(run.id(), Set.of());
        run.plan().forEach(seat -> requireTurn(run, seat, planned, had, keysByNumber));
      }
    }
    for (var call : seen.gateway().calls()) {
      var leftOut = new HashSet<>(seen.gateway().excluded().getOrDefault(call.model(), Set.of()));
      seen.gateway().callsOf(call.requestId()).forEach(other -> leftOut.add(other.keyId()));
      var seat = new SeatRow(call.keyId(), call.seat());
      requireTurn(call, seat, call.openedAt(), leftOut, keysByNumber);
    }
  }

  private TreeMap<Long, UUID> keysByNumber() {
    var keysByNumber = new TreeMap<Long, UUID>();
    seen.runs().forEach(r -> r.plan().forEach(s -> keysByNumber.put(s.seq(), s.keyId())));
    seen.attempts().stream()
        .filter(a -> a.seq() > 0)
        .forEach(a -> keysByNumber.put(a.seq(), a.keyId()));
    seen.gateway().calls().forEach(c -> keysByNumber.put(c.seat(), c.keyId()));
    return keysByNumber;
  }

  private @org.jspecify.annotations.Nullable Instant plannedAt(RunRow run) {
    return seen.lines().stream()
        .filter(l -> l.stream().equals(run.id()) && l.code().equals("keys.plan"))
        .map(Evidence.Line::at)
        .reduce(null, (before, after) -> after);
  }

  /**
   * @param leftOut keys that were possibly not available for this seat
   */
  private void requireTurn(
      Object of, SeatRow seat, Instant at, Set<UUID> leftOut, TreeMap<Long, UUID> keysByNumber) {
    var last = lastBefore(seat, keysByNumber);
    if (last == null) {
      return;
    }
    var between = keysByNumber.subMap(last, false, seat.seq(), false);
    long unseen = seat.seq() - last - 1 - between.size();
    var passedOver = new HashMap<UUID, String>();
    var assigned = new HashSet<>(between.values());
    for (var key : seen.keys()) {
      boolean could =
          !key.id().equals(seat.keyId())
              && !assigned.contains(key.id())
              && !leftOut.contains(key.id())
              && usable(key, at);
      if (could) {
        passedOver.put(key.id(), key.name());
      }
    }
    if (passedOver.size() > unseen) {
      found.add(
          new Violation(
              "I5", seat + " again after " + last + " in " + of + ", passed over " + passedOver));
    }
  }

  private static @org.jspecify.annotations.Nullable Long lastBefore(
      SeatRow seat, TreeMap<Long, UUID> keysByNumber) {
    return keysByNumber.headMap(seat.seq(), false).descendingMap().entrySet().stream()
        .filter(e -> e.getValue().equals(seat.keyId()))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  /** Whether the key was usable for some time before and after, so that there is no doubt. */
  private boolean usable(KeyRow key, Instant at) {
    var from = at.minus(TEST_TIME);
    return key.addedAt().isBefore(at.minus(AT_ONCE))
        && of(key.id()).stream()
            .noneMatch(
                c ->
                    c.at().isAfter(from)
                        && c.at().isBefore(at.plus(AT_ONCE))
                        && !c.kind().equals("added"))
        && Set.of("added", "enabled", "restored").contains(switchedAt(key.id(), at))
        && statusAt(key.id(), at).equals("active");
  }

  private List<KeyChange> of(UUID key) {
    return changes.getOrDefault(key, List.of());
  }
}
