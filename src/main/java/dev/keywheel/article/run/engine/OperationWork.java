package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.db.Database;
import dev.keywheel.provider.Providers;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.OperationRepository;
import dev.keywheel.run.Plan;
import dev.keywheel.run.Run;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Begins an operation of a run, or resumes one that an earlier worker has begun. A resumed
 * operation uses its stored answers again, and repeats calls of unknown outcome only a few times.
 */
final class OperationWork {
  /** Time limit of one operation. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(4);

  /** Maximum number of repetitions of a call whose outcome is unknown. */
  private static final int MAX_RESENDS = 2;

  private final Database database;
  private final CallExecutor calls;
  private final Providers providers;
  private final OperationRunner operationRunner;
  private final InstantSource clock;
  private final Run run;
  private final Plan plan;
  private final RunRecorder recorder;
  private final OperationModels models;
  private final PartRepository parts = new PartRepository();
  private final OperationRepository operations = new OperationRepository();

  OperationWork(
      Database database,
      CallExecutor calls,
      Providers providers,
      OperationRunner operationRunner,
      InstantSource clock,
      Run run,
      Plan plan,
      RunRecorder recorder,
      OperationModels models) {
    this.database = database;
    this.calls = calls;
    this.providers = providers;
    this.operationRunner = operationRunner;
    this.clock = clock;
    this.run = run;
    this.plan = plan;
    this.recorder = recorder;
    this.models = models;
  }

  /**
   * Works on the operation until it ends or the run stops.
   *
   * @param stopped once it is true, no further call is made
   */
  OperationResult work(Operation operation, BooleanSupplier stopped) {
    var answers = database.read(dsl -> StoredAnswers.read(dsl, run.id(), operation.number()));
    int unknown =
        database.read(
            dsl -> operations.countUnknown(dsl, run.id(), operation.number(), run.budgetSince()));
    if (unknown > MAX_RESENDS && !answers.expected()) {
      return new OperationResult.Failed(
          OperationError.UNKNOWN_OUTCOME,
          "Its call was cut off "
              + unknown
              + " times, each with an unknown outcome; it is not sent again automatically."
              + " Retry sends it again.");
    }
    var now = clock.instant();
    var context =
        calls.open(
            run.runFence(),
            plan,
            operation.number(),
            operation.label(),
            Pipeline.COUNTED,
            lastCallAt(operation, answers).orElse(now),
            now.plus(TIME_LIMIT));
    var resumed = new RunCaller.ResumedState(answers, unknown > 0);
    var provider = providers.byName(run.pool().provider());
    var caller =
        new RunCaller(
            calls, context, operation, recorder, models, clock, provider, resumed, stopped);
    var partSet = database.read(dsl -> parts.current(dsl, run.articleId()));
    var writer =
        operation == Operation.VALIDATOR
            ? database.read(dsl -> operations.model(dsl, run.id(), Operation.TOOL.number()))
            : Optional.<String>empty();
    var operationResult =
        operationRunner.work(
            new OperationRunner.Task(
                run,
                operation,
                partSet,
                models,
                caller,
                unknown > 0 ? AttemptCause.RESEND : AttemptCause.FIRST,
                writer.orElse(null)));
    caller.end();
    return operationResult;
  }

  /**
   * Time of the last answered or interrupted call. Only keys used after it count as used by the
   * operation, because those refused earlier may have recovered.
   */
  private Optional<Instant> lastCallAt(Operation operation, StoredAnswers answers) {
    var cutOff =
        database.read(
            dsl ->
                operations.lastUnknownSentAt(dsl, run.id(), operation.number(), run.budgetSince()));
    return Stream.of(cutOff, answers.lastSentAt())
        .flatMap(Optional::stream)
        .max(Instant::compareTo);
  }
}
