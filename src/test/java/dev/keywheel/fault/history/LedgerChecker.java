package dev.keywheel.fault.history;

import static java.util.stream.Collectors.groupingBy;

import dev.keywheel.fault.history.Evidence.AttemptRow;
import dev.keywheel.fault.history.Evidence.Received;
import dev.keywheel.fault.history.GatewayEvidence.CallRow;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.History.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Invariant I4: the calls that the provider received match the attempts. Each received call has one
 * attempt, written before it was sent; an attempt without a call has the outcome of a call that did
 * not arrive.
 */
final class LedgerChecker {
  /**
   * Node, database and provider run on one machine, but each reads the time at a different moment.
   */
  private static final Duration TOLERANCE = Duration.ofMillis(250);

  /** Used instead of the number of an operation for calls of the gateway. */
  private static final int REQUEST = 0;

  private static final Map<String, Integer> ORDINALS =
      Map.of(
          "Meta & Toc Generator", 1,
          "Tool Generator", 2,
          "Tool Validator", 3,
          "Guide Generator", 4,
          "Section 1 Generator", 5,
          "Section 2 Generator", 6,
          "FAQ Generator", 7,
          "Image Generation", 8);

  private final Evidence seen;
  private final List<Violation> found = new ArrayList<>();

  private record Target(String keyName, String model, int ordinal) {}

  /**
   * A call that was to be sent, of a run or of a request.
   *
   * @param row the stored row
   */
  private record Sent(
      Object row, Target target, Instant at, @Nullable Instant ended, boolean mayNotHaveArrived) {}

  private LedgerChecker(Evidence seen) {
    this.seen = seen;
  }

  static List<Violation> check(Evidence seen) {
    var checker = new LedgerChecker(seen);
    checker.ledgerIsAttempts();
    checker.cancelledRunsCallNoMore();
    return checker.found;
  }

  private void ledgerIsAttempts() {
    var attempts =
        new HashMap<>(
            Stream.concat(
                    seen.attempts().stream().map(LedgerChecker::sent),
                    seen.gateway().calls().stream().map(LedgerChecker::sent))
                .collect(groupingBy(Sent::target)));
    seen.received().stream()
        .collect(
            groupingBy(
                r ->
                    new Target(
                        r.keyName(), r.model(), ORDINALS.getOrDefault(r.operation(), REQUEST))))
        .forEach((target, calls) -> match(calls, attempts.remove(target)));
    attempts.values().forEach(rest -> match(List.of(), rest));
  }

  private static Sent sent(AttemptRow a) {
    boolean mayNot = a.httpStatus() == null && !Set.of("ok", "invalid", "cut").contains(a.state());
    return new Sent(
        a, new Target(a.keyName(), a.model(), a.ordinal()), a.sentAt(), a.endedAt(), mayNot);
  }

  private static Sent sent(CallRow c) {
    boolean mayNot = c.httpStatus() == null && !c.state().equals("ok");
    return new Sent(
        c, new Target(c.keyName(), c.model(), REQUEST), c.openedAt(), c.endedAt(), mayNot);
  }

  /**
   * Matches calls and attempts of one key, model and operation, each in the order of time. A call
   * takes the attempt that ended first, because a later call may need one that ended later.
   */
  private void match(List<Received> calls, @Nullable List<Sent> own) {
    var attempts = new ArrayList<>(own == null ? List.of() : own);
    attempts.sort(Comparator.comparing(Sent::at));
    for (var call : calls) {
      var sent =
          attempts.stream()
              .filter(a -> !a.at().isAfter(call.at().plus(TOLERANCE)))
              .filter(a -> !before(a.ended(), call.at()))
              .min(
                  Comparator.comparing(Sent::mayNotHaveArrived)
                      .thenComparing(Sent::ended, Comparator.nullsLast(Instant::compareTo)));
      if (sent.isEmpty()) {
        found.add(new Violation("I4", "no attempt for the call " + call + " among " + own));
      } else {
        attempts.remove(sent.get());
      }
    }
    for (var attempt : attempts) {
      if (!attempt.mayNotHaveArrived()) {
        found.add(new Violation("I4", "the provider never received " + attempt.row()));
      }
    }
  }

  private static boolean before(@Nullable Instant ended, Instant call) {
    return ended != null && ended.plus(TOLERANCE).isBefore(call);
  }

  /** No call begins after a cancellation was acknowledged. */
  private void cancelledRunsCallNoMore() {
    for (var cancel : seen.actions()) {
      if (cancel.kind() == Kind.CANCEL && cancel.result() == Result.OK) {
        var run = UUID.fromString(cancel.subject());
        seen.attempts().stream()
            .filter(a -> a.runId().equals(run))
            .filter(a -> a.sentAt().isAfter(cancel.completed().plusMillis(50)))
            .filter(a -> !retriedBetween(run, cancel.invoked(), a.sentAt()))
            .forEach(a -> found.add(new Violation("I6", a + " after " + cancel)));
      }
    }
  }

  private boolean retriedBetween(UUID run, Instant from, Instant to) {
    return seen.lines().stream()
        .anyMatch(
            l ->
                l.stream().equals(run)
                    && l.code().equals("run.retried")
                    && !l.at().isBefore(from.minusSeconds(1))
                    && !l.at().isAfter(to));
  }
}
