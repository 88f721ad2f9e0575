package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.operation.conversation.OperationLogMessages;
import dev.keywheel.article.run.engine.OperationResult.Degraded;
import dev.keywheel.article.run.engine.OperationResult.Failed;
import dev.keywheel.article.run.engine.OperationResult.Finished;
import dev.keywheel.article.run.engine.OperationResult.Kept;
import dev.keywheel.article.run.engine.OperationResult.Output;
import dev.keywheel.article.run.engine.OperationResult.Skipped;
import dev.keywheel.article.run.engine.OperationResult.Succeeded;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.OperationRepository;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.Run;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.RunFencedException;
import dev.keywheel.run.RunRepository;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stores what happens in the run that this worker holds. Each write first checks the fence: a
 * worker that lost the run gets {@link RunFencedException} and has changed nothing.
 */
final class RunRecorder {
  private final Database database;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final Run run;
  private final RunRepository runs = new RunRepository();
  private final OperationRepository operations = new OperationRepository();
  private final PartWriter partWriter;
  private final Instant deadline;
  private boolean warned;

  RunRecorder(Database database, ExecutionLog log, Ids ids, InstantSource clock, Run run) {
    this.database = database;
    this.log = log;
    this.partWriter = new PartWriter(ids, clock, run);
    this.clock = clock;
    this.run = run;
    this.deadline = clock.instant().plus(Duration.ofMinutes(RunLimits.MAX_MINUTES));
  }

  private RunFence runFence() {
    return run.runFence();
  }

  /** The limit that the run has reached, as a sentence; empty while another call is allowed. */
  synchronized Optional<String> reachedLimit(Operation operation) {
    if (clock.instant().isAfter(deadline)) {
      return Optional.of("The run has worked for " + RunLimits.MAX_MINUTES + " minutes.");
    }
    var used =
        database.read(
            dsl -> operations.usage(dsl, run.id(), run.budgetSince(), OutcomeText.UNBILLED));
    if (used.calls() >= RunLimits.MAX_CALLS) {
      return Optional.of("The run has made its " + RunLimits.MAX_CALLS + " calls.");
    }
    if (used.completionTokens() >= RunLimits.MAX_TOKENS) {
      return Optional.of("The run has used " + RunLimits.MAX_TOKENS + " completion tokens.");
    }
    if (used.calls() >= RunLimits.WARN_CALLS && !warned) {
      warned = true;
      var messages = new OperationLogMessages(operation);
      log(List.of(messages.budgetWarning(used.calls(), RunLimits.MAX_CALLS)));
    }
    return Optional.empty();
  }

  /** Changes the run, unless another worker has taken it over. */
  private void change(Consumer<Tx> work) {
    database.runTx(
        tx -> {
          runs.lockFenced(tx, runFence());
          work.accept(tx);
        });
  }

  void begin(Operation operation) {
    change(tx -> operations.begin(tx, run.id(), operation.number(), clock.instant()));
  }

  void recordKeyWait(Operation operation) {
    change(
        tx ->
            operations.changeState(
                tx,
                run.id(),
                List.of(operation.number()),
                OperationState.RUNNING,
                OperationState.WAITING_KEY));
  }

  /** Records a wait for a busy model; pages show it until the next call begins. */
  void recordModelWait(Operation operation, Instant until, String why) {
    change(
        tx -> {
          operations.recordWait(tx, run.id(), operation.number(), until, why);
          var line = RunLogMessages.waitsForModel(operation, until, why);
          log.append(tx, run.id(), clock.instant(), List.of(line));
        });
  }

  /** Marks operations that have to wait for their turn, because the maximum is running. */
  void markReady(List<Integer> ordinals) {
    if (ordinals.isEmpty()) {
      return;
    }
    change(
        tx ->
            operations.changeState(
                tx, run.id(), ordinals, OperationState.PENDING, OperationState.READY));
  }

  void markUnusable(Attempt attempt) {
    change(tx -> operations.markUnusable(tx, attempt.id()));
  }

  void log(List<LogLine> lines) {
    change(tx -> log.append(tx, run.id(), clock.instant(), lines));
  }

  /** Stores the result of an operation, its parts and its log lines; returns its new state. */
  OperationState end(Operation operation, Finished finished) {
    var messages = new OperationLogMessages(operation);
    var ending = ending(finished, messages);
    change(
        tx -> {
          var now = clock.instant();
          var output = finished.output();
          var lines = new ArrayList<>(output.lines());
          partWriter.write(tx, output, messages, lines);
          if (!operations.end(tx, run.id(), operation.number(), ending.of(output), now)) {
            throw new RunFencedException();
          }
          if (operation == Operation.IMAGE) {
            operations.dropReplies(tx, run.id(), Operation.IMAGE.number());
          }
          var attempt = output.attempt();
          lines.add(attempt == null ? ending.line() : ending.line().about(attempt.keyId()));
          log.append(tx, run.id(), now, lines);
        });
    return ending.state();
  }

  /** The state and the log line of a result, without its parts. */
  private record Ending(
      OperationState state, @Nullable OperationError error, @Nullable String text, LogLine line) {
    OperationRepository.End of(Output output) {
      return new OperationRepository.End(
          state, output.warnings(), error == null ? null : error.code(), text);
    }
  }

  private static Ending ending(Finished finished, OperationLogMessages messages) {
    return switch (finished) {
      case Succeeded(var output) ->
          new Ending(OperationState.SUCCEEDED, null, null, messages.succeeded(output.attempt()));
      case Degraded(var _, var error, var detail) ->
          new Ending(
              OperationState.DEGRADED, error, error.text(detail), messages.degraded(error, detail));
      case Failed(var _, var error, var detail) ->
          new Ending(
              OperationState.FAILED,
              error,
              error.text(detail),
              messages.failed(error.text(detail)));
      case Skipped(var error, var detail) ->
          new Ending(
              OperationState.SKIPPED,
              error,
              error.text(detail),
              messages.skipped(error.text(detail)));
      case Kept _ -> new Ending(OperationState.SUCCEEDED, null, null, messages.kept());
    };
  }
}
