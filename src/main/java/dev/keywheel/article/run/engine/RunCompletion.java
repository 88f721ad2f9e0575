package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.run.model.RunEnding;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.OperationRepository;
import dev.keywheel.run.OperationRepository.Flaw;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.Run;
import dev.keywheel.run.RunQueries;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.RunState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Ends runs: adds up their usage, names the gaps, and scores the article. */
final class RunCompletion {
  private static final String NO_KEY_IN_TIME = "No key became usable in time.";

  private final Database database;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final RunRepository runs = new RunRepository();
  private final OperationRepository operations = new OperationRepository();
  private final AttemptRepository attempts = new AttemptRepository();
  private final ArticleRepository articles = new ArticleRepository();
  private final PartRepository parts = new PartRepository();

  RunCompletion(Database database, ExecutionLog log, InstantSource clock) {
    this.database = database;
    this.log = log;
    this.clock = clock;
  }

  /**
   * Ends a run whose operations have all ended; if not all of them succeeded and its cancellation
   * was requested, as cancelled. Returns the time of its automatic retry, if any.
   */
  Optional<Instant> complete(Run run, RunSettings rule) {
    return database.inTx(
        tx -> {
          runs.lockFenced(tx, run.runFence());
          var states = runs.operations(tx.dsl(), run.id());
          var ending = RunEnding.of(RunInputs.of(run).only(), states, gaps(tx, run));
          boolean completed = ending.state() == RunState.COMPLETED;
          if (!completed && attempts.cancelRequested(tx, run.runFence())) {
            cancel(tx, run);
            return Optional.empty();
          }
          var now = clock.instant();
          var lines = end(tx, run, ending, now);
          var retry = completed ? Optional.<Instant>empty() : scheduleRetry(tx, run, rule, now);
          retry.map(RunLogMessages::retriedAt).ifPresent(lines::add);
          log.append(tx, run.id(), now, lines);
          return retry;
        });
  }

  /** Schedules the automatic retry and returns its time; empty if no retry may be made. */
  private Optional<Instant> scheduleRetry(Tx tx, Run run, RunSettings rule, Instant now) {
    var codes =
        operations.flaws(tx.dsl(), run.id()).stream()
            .filter(flaw -> flaw.state() == OperationState.FAILED)
            .map(Flaw::code)
            .collect(Collectors.toSet());
    if (codes.isEmpty()
        || codes.stream().map(OperationError::of).anyMatch(OperationError::needsPerson)) {
      return Optional.empty();
    }
    var at = RunRetry.automaticAt(rule, RunQueries.retries(tx.dsl(), run.id()), now);
    at.ifPresent(then -> runs.setRetryAt(tx, run.id(), then));
    return at;
  }

  /** Returns the lines for the log. */
  private List<LogLine> end(Tx tx, Run run, RunEnding ending, Instant now) {
    var totals = totals(tx, run, now);
    var lines = new ArrayList<LogLine>();
    assemble(tx, run, now, lines);
    closeAttempts(tx, run, now, lines);
    lines.add(RunLogMessages.ended(ending.state(), totals, ending.gaps()));
    var reason = ending.gaps().isEmpty() ? null : String.join(" ", ending.gaps());
    runs.end(
        tx,
        run.runFence(),
        ending.state(),
        reason,
        Map.of("gaps", ending.gaps(), "keys", totals.keys(), "replacements", totals.replacements()),
        now);
    return lines;
  }

  /** The gaps of the page by the number of the operation that left them. */
  private SortedMap<Integer, String> gaps(Tx tx, Run run) {
    var gaps = new TreeMap<Integer, String>();
    for (var flaw : operations.flaws(tx.dsl(), run.id())) {
      var error = OperationError.of(flaw.code());
      if (error == OperationError.GAP || (!flaw.state().delivered() && !error.reportedBefore())) {
        boolean degraded = flaw.state() == OperationState.DEGRADED;
        gaps.put(flaw.ordinal(), degraded ? flaw.text() : flaw.name() + ": " + flaw.text());
      }
    }
    return gaps;
  }

  private RunLogMessages.Totals totals(Tx tx, Run run, Instant now) {
    var states = runs.operations(tx.dsl(), run.id());
    int replacements = log.count(tx, run.id(), "key.replacement");
    var spent = RunQueries.spent(tx.dsl(), run.id());
    int delivered = (int) states.values().stream().filter(OperationState::delivered).count();
    var retried = run.retriedAt();
    var started = retried == null ? run.startedAt() : retried;
    return new RunLogMessages.Totals(
        delivered,
        requestedOperations(run),
        spent.keys(),
        replacements,
        Duration.between(started == null ? now : started, now),
        retried != null,
        spent.cost());
  }

  private static int requestedOperations(Run run) {
    return RunInputs.of(run).only() == 0 ? 8 : 1;
  }

  private void assemble(Tx tx, Run run, Instant now, ArrayList<LogLine> lines) {
    PartRepository.lock(tx, run.articleId());
    var partSet = parts.current(tx.dsl(), run.articleId());
    articles
        .measure(tx, run.articleId(), partSet, now)
        .map(measures -> RunLogMessages.assembled(measures.words(), measures.score()))
        .ifPresent(lines::add);
  }

  /** Closes the open calls of an ended run: outcomes that were not stored are unknown. */
  private void closeAttempts(Tx tx, Run run, Instant now, List<LogLine> lines) {
    int unknown = AttemptRepository.closeSent(tx, run.id(), now);
    if (unknown > 0) {
      lines.add(RunLogMessages.unknown(unknown));
    }
    operations.dropReplies(tx, run.id(), Operation.IMAGE.number());
  }

  /** Ends a run whose cancellation was requested. */
  void cancel(Run run) {
    database.runTx(
        tx -> {
          runs.lockFenced(tx, run.runFence());
          cancel(tx, run);
        });
  }

  private void cancel(Tx tx, Run run) {
    var now = clock.instant();
    operations.endOpen(
        tx,
        run.id(),
        OperationState.CANCELLED,
        OperationError.CANCELLED.code(),
        OperationError.CANCELLED.text(),
        now);
    int finished =
        (int)
            runs.operations(tx.dsl(), run.id()).values().stream()
                .filter(OperationState::delivered)
                .count();
    var lines = new ArrayList<LogLine>();
    assemble(tx, run, now, lines);
    closeAttempts(tx, run, now, lines);
    lines.add(RunLogMessages.cancelled(finished, requestedOperations(run)));
    runs.end(tx, run.runFence(), RunState.CANCELLED, null, Map.of(), now);
    log.append(tx, run.id(), now, lines);
  }

  /**
   * Ends a run that has waited too long for a key.
   *
   * @param why the reason why no key could be used, as a sentence
   */
  void giveUp(Run run, String why) {
    database.runTx(
        tx -> {
          runs.lockFenced(tx, run.runFence());
          var now = clock.instant();
          operations.endOpen(
              tx,
              run.id(),
              OperationState.FAILED,
              OperationError.NO_KEY.code(),
              NO_KEY_IN_TIME,
              now);
          var lines = new ArrayList<LogLine>();
          assemble(tx, run, now, lines);
          runs.end(tx, run.runFence(), RunState.FAILED, NO_KEY_IN_TIME + " " + why, Map.of(), now);
          closeAttempts(tx, run, now, lines);
          lines.add(RunLogMessages.gaveUp(why));
          log.append(tx, run.id(), now, lines);
        });
  }
}
