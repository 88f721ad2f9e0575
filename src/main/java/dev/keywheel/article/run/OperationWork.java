package dev.keywheel.article.run;

import dev.keywheel.article.operation.Step;
import dev.keywheel.assignment.Plan;
import dev.keywheel.db.Database;
import dev.keywheel.provider.Providers;
import dev.keywheel.rotation.Cause;
import dev.keywheel.rotation.PooledCall;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Begins an operation of a run, or goes on with one that an earlier worker has begun: with the key
 * it held, the answers it was given, and the count of calls whose outcome is unknown.
 */
final class OperationWork {
  /** Wall time of one operation. */
  private static final Duration OPERATION = Duration.ofMinutes(4);

  /** A call of unknown outcome is sent again this many times. */
  private static final int RESENDS = 2;

  private final Database database;
  private final PooledCall calls;
  private final Providers providers;
  private final Worker worker;
  private final Unavailable unavailable;
  private final InstantSource clock;
  private final Run run;
  private final Plan plan;
  private final RunJournal journal;
  private final OperationModels models;
  private final PartRows parts = new PartRows();
  private final OperationRows operations = new OperationRows();

  OperationWork(
      Database database,
      PooledCall calls,
      Providers providers,
      Worker worker,
      Unavailable unavailable,
      InstantSource clock,
      Run run,
      Plan plan,
      RunJournal journal,
      OperationModels models) {
    this.database = database;
    this.calls = calls;
    this.providers = providers;
    this.worker = worker;
    this.unavailable = unavailable;
    this.clock = clock;
    this.run = run;
    this.plan = plan;
    this.journal = journal;
    this.models = models;
  }

  /**
   * @param stopped once it is true, no further call is made
   */
  Ended work(Step step, BooleanSupplier stopped) {
    var answers = database.read(dsl -> StoredAnswers.read(dsl, run.id(), step.number()));
    int unknown =
        database.read(dsl -> operations.unknown(dsl, run.id(), step.number(), run.budgetSince()));
    if (unknown > RESENDS && !answers.expected()) {
      return Ended.failed(
          "unknown_outcome",
          "Its call was cut off "
              + unknown
              + " times, each with an unknown outcome; it is not sent again by itself."
              + " Retry sends it once more.");
    }
    var now = clock.instant();
    var turn =
        calls.open(
            run.lease(),
            plan,
            step.number(),
            step.label(),
            Pipeline.COUNTED,
            since(step, answers).orElse(now),
            now.plus(OPERATION));
    var resumed = new RunCaller.Resumed(answers, unknown > 0);
    var provider = providers.byName(run.pool().provider());
    var caller =
        new RunCaller(calls, turn, step, journal, unavailable, clock, provider, resumed, stopped);
    var material = Material.of(database.read(dsl -> parts.current(dsl, run.articleId())));
    var writer =
        step == Step.VALIDATOR
            ? database.read(dsl -> operations.model(dsl, run.id(), Step.TOOL.number()))
            : Optional.<String>empty();
    var ended =
        worker.work(
            new Worker.Task(
                run,
                step,
                material,
                models,
                caller,
                unknown > 0 ? Cause.RESEND : Cause.FIRST,
                writer.orElse(null)));
    caller.end();
    return ended;
  }

  /**
   * The key of the last call that was answered or cut off is in hand again; keys refused before it
   * may have recovered since.
   */
  private Optional<Instant> since(Step step, StoredAnswers answers) {
    var cutOff =
        database.read(
            dsl -> operations.lastUnknown(dsl, run.id(), step.number(), run.budgetSince()));
    return Stream.of(cutOff, answers.lastSentAt())
        .flatMap(Optional::stream)
        .max(Instant::compareTo);
  }
}
