package dev.keywheel.fault.history;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;

import dev.keywheel.fault.history.Evidence.AttemptRow;
import dev.keywheel.fault.history.Evidence.Line;
import dev.keywheel.fault.history.Evidence.OperationRow;
import dev.keywheel.fault.history.Evidence.RunRow;
import dev.keywheel.fault.history.History.Action;
import dev.keywheel.fault.history.History.Kind;
import dev.keywheel.fault.history.History.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Checks the evidence of an ended experiment against the invariants of docs/faults.md, except those
 * about keys and the provider, which {@link KeyChecker} and {@link LedgerChecker} check.
 */
final class Checker {
  private static final int OPERATIONS = 8;

  /** Lines that end an operation. */
  private static final Set<String> OPERATION_ENDS =
      Set.of("op.succeeded", "op.degraded", "op.failed", "op.skipped", "op.kept");

  /** Lines that end a run. */
  private static final Set<String> RUN_ENDS =
      Set.of("run.completed", "run.gaps", "run.failed", "run.cancelled");

  private final Evidence seen;
  private final Map<UUID, RunRow> runs;
  private final Map<UUID, List<Line>> lines;
  private final List<Violation> found = new ArrayList<>();

  private Checker(Evidence seen) {
    this.seen = seen;
    this.runs = seen.runs().stream().collect(toMap(RunRow::id, Function.identity()));
    this.lines = seen.lines().stream().collect(groupingBy(Line::stream));
  }

  static List<Violation> check(Evidence seen) {
    var checker = new Checker(seen);
    checker.acknowledgedChangesExist();
    checker.nothingHappensTwice();
    checker.finishedRunsAreWhole();
    checker.finishedWorkIsNotPaidAgain();
    checker.logsHaveNoGap();
    checker.viewersSawTheLog();
    checker.nothingIsStuck();
    checker.auditLogIsWhole();
    checker.noServerError();
    checker.found.addAll(LedgerChecker.check(seen));
    checker.found.addAll(KeyChecker.check(seen));
    checker.found.addAll(GatewayChecker.check(seen));
    return List.copyOf(checker.found);
  }

  /** Invariant I1. */
  private void acknowledgedChangesExist() {
    long signedIn = 0;
    for (var action : seen.actions()) {
      if (action.result() == Result.OK) {
        switch (action.kind()) {
          case GENERATE -> require("I1", runOf(action).isPresent(), action);
          case RETRY -> require("I1", hasLine(action, Set.of("run.retried")), action);
          case CANCEL -> require("I1", cancelled(action), action);
          case IMPORT ->
              require(
                  "I1",
                  seen.importedKeys().getOrDefault(UUID.fromString(action.subject()), -1)
                      == Integer.parseInt(action.answer()),
                  action);
          case SIGN_IN -> signedIn++;
          case DISABLE, ENABLE, DELETE, TEST_ALL, ASK -> {
            // The answer is also OK for an outdated selection, so it proves nothing here.
            // KeyChecker checks the keys at that time, and GatewayChecker the requests.
          }
        }
      }
    }
    require("I1", seen.signIns() >= signedIn, signedIn + " sign-ins, recorded " + seen.signIns());
  }

  private Optional<RunRow> runOf(Action generate) {
    return seen.runs().stream()
        .filter(r -> r.requestId().toString().equals(generate.subject()))
        .filter(r -> generate.answer().endsWith(r.id().toString()))
        .findFirst();
  }

  /** A cancelled run ends as cancelled, unless it was retried afterwards. */
  private boolean cancelled(Action action) {
    var run = runs.get(UUID.fromString(action.subject()));
    return run != null
        && (run.state().equals("cancelled")
            || run.state().equals("cancelling")
            || hasLine(action, Set.of("run.cancelled"))
            || seen.actions().stream()
                .anyMatch(
                    a ->
                        a.kind() == Kind.RETRY
                            && a.subject().equals(action.subject())
                            && a.result() != Result.REFUSED
                            && a.completed().isAfter(action.invoked())));
  }

  private boolean hasLine(Action action, Set<String> codes) {
    return lines.getOrDefault(UUID.fromString(action.subject()), List.of()).stream()
        .anyMatch(
            l -> codes.contains(l.code()) && !l.at().isBefore(action.invoked().minusSeconds(2)));
  }

  /** Invariant I2. */
  private void nothingHappensTwice() {
    seen.runs().stream()
        .collect(groupingBy(RunRow::requestId))
        .forEach((request, made) -> require("I2", made.size() == 1, made));
    seen.actions().stream()
        .filter(a -> a.kind() == Kind.GENERATE && a.result() == Result.OK)
        .collect(groupingBy(Action::subject))
        .forEach(
            (request, clicks) ->
                require("I2", clicks.stream().map(Action::answer).distinct().count() == 1, clicks));
    seen.lines().stream()
        .filter(l -> RUN_ENDS.contains(l.code()))
        .collect(groupingBy(Line::stream))
        .forEach((run, ends) -> require("I2", ends.size() <= 1 + retries(run).size(), ends));
  }

  /** Invariant I3. */
  private void finishedRunsAreWhole() {
    var operations = seen.operations().stream().collect(groupingBy(OperationRow::runId));
    for (var run : seen.runs()) {
      var own = operations.getOrDefault(run.id(), List.of());
      require(
          "I3",
          own.stream()
              .map(OperationRow::ordinal)
              .sorted()
              .toList()
              .equals(IntStream.rangeClosed(1, OPERATIONS).boxed().toList()),
          run);
      require("I3", seen.articles().contains(run.articleId()), run);
      if (run.ended()) {
        own.forEach(o -> require("I3", o.ended(), o));
      }
      for (var operation : own) {
        long ends =
            linesOf(run.id())
                .filter(l -> OPERATION_ENDS.contains(l.code()))
                .filter(l -> Integer.valueOf(operation.ordinal()).equals(l.ordinal()))
                .count();
        require(
            "I3", ends <= 1 + retries(run.id()).size(), operation + " ended " + ends + " times");
      }
    }
  }

  /** A finished operation is never called again, except after a retry of its run. */
  private void finishedWorkIsNotPaidAgain() {
    var byOperation =
        seen.attempts().stream().collect(groupingBy(a -> List.of(a.runId(), a.ordinal())));
    byOperation.forEach(
        (operation, attempts) -> {
          var run = attempts.getFirst().runId();
          var ends =
              linesOf(run)
                  .filter(l -> OPERATION_ENDS.contains(l.code()))
                  .filter(l -> Integer.valueOf(attempts.getFirst().ordinal()).equals(l.ordinal()))
                  .toList();
          AttemptRow before = null;
          for (var attempt : attempts) {
            for (var end : ends) {
              require(
                  "paid work",
                  !attempt.sentAt().isAfter(end.at())
                      || retriedBetween(run, end.at(), attempt.sentAt()),
                  attempt + " after " + end);
            }
            if (before != null && before.state().equals("ok")) {
              require(
                  "paid work",
                  !Set.of("first", "resend").contains(attempt.cause())
                      || retriedBetween(run, before.sentAt(), attempt.sentAt()),
                  attempt + " although answered by " + before);
            }
            before = attempt;
          }
        });
  }

  /** Invariant I7, for the lines in the database. */
  private void logsHaveNoGap() {
    lines.forEach(
        (stream, own) -> {
          var numbers = own.stream().map(Line::seq).sorted().toList();
          var wanted = IntStream.rangeClosed(1, own.size()).mapToObj(Long::valueOf).toList();
          require("I7", numbers.equals(wanted), stream + ": " + numbers);
        });
  }

  /** Invariant I7, for the lines that clients saw. */
  private void viewersSawTheLog() {
    seen.viewed()
        .forEach(
            (run, viewed) -> {
              var wanted = linesOf(run).map(l -> l.seq() + " " + l.message()).toList();
              var got = viewed.stream().map(l -> l.seq() + " " + l.message()).toList();
              require("I7", got.equals(wanted), run + " viewed " + differing(got, wanted));
            });
  }

  private static String differing(List<String> got, List<String> wanted) {
    var missing = new ArrayList<>(wanted);
    missing.removeAll(new HashSet<>(got));
    var extra = new ArrayList<>(got);
    extra.removeAll(new HashSet<>(wanted));
    return got.size() + " of " + wanted.size() + ", missing " + missing + ", extra " + extra;
  }

  /** Invariant I9. */
  private void nothingIsStuck() {
    for (var run : seen.runs()) {
      require("I9", run.ended(), run);
      if (!run.ended()) {
        require("I9", seen.openJobs().contains(run.id().toString()), "no job for " + run);
      } else if (!run.state().equals("completed")) {
        require("I9", run.reason() != null, "no reason: " + run);
      }
    }
    seen.attempts().forEach(a -> require("I9", !a.state().equals("sent"), a));
    require("I9", seen.openRecoveries().isEmpty(), seen.openRecoveries());
  }

  /** Invariant I10. */
  private void auditLogIsWhole() {
    require("I10", seen.brokenAudit().isEmpty(), "line " + seen.brokenAudit());
  }

  private void noServerError() {
    seen.actions().forEach(a -> require("no answer 500", a.status() != 500, a));
    seen.operations()
        .forEach(o -> require("no broken operation", !"broken".equals(o.errorCode()), o));
    seen.errorReports().forEach(c -> require("no answer 500", false, c));
  }

  private java.util.stream.Stream<Line> linesOf(UUID run) {
    return lines.getOrDefault(run, List.of()).stream();
  }

  private List<Instant> retries(UUID run) {
    return linesOf(run).filter(l -> l.code().equals("run.retried")).map(Line::at).toList();
  }

  private boolean retriedBetween(UUID run, Instant from, Instant to) {
    return retries(run).stream()
        .anyMatch(at -> !at.isBefore(from) && !at.isAfter(to.plus(Duration.ofMillis(1))));
  }

  private void require(String invariant, boolean holds, Object rows) {
    if (!holds) {
      found.add(new Violation(invariant, rows.toString()));
    }
  }
}
