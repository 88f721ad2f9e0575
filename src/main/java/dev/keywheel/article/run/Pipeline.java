package dev.keywheel.article.run;

import dev.keywheel.article.operation.Step;
import dev.keywheel.assignment.Plan;
import dev.keywheel.assignment.RunLost;
import dev.keywheel.db.Database;
import dev.keywheel.job.Stopping;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.Cause;
import dev.keywheel.rotation.PooledCall;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the operations of one run: starts what may start, up to four at once, writes down each end,
 * and stops when all have ended or none can go on. Which key an operation has follows from its
 * number, so the order of starting may be whatever is fastest.
 */
final class Pipeline {
  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  /** Wall time of one operation. */
  private static final Duration OPERATION = Duration.ofMinutes(4);

  /** How many operations the log counts: the picture is the eighth and cycles back. */
  static final int COUNTED = 7;

  /** So often a call of unknown outcome is sent again. */
  private static final int RESENDS = 2;

  private static final long LOOK_MILLIS = 500;

  private final Database database;
  private final Stopping stopping;
  private final PooledCall calls;
  private final Worker worker;
  private final Unavailable unavailable;
  private final InstantSource clock;
  private final Run run;
  private final Plan plan;
  private final RunJournal journal;
  private final OperationModels models;
  private final RunRows runs = new RunRows();
  private final PartRows parts = new PartRows();
  private final OperationRows operations = new OperationRows();

  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final Map<Integer, OperationState> states;
  private final Set<Step> running = EnumSet.noneOf(Step.class);
  private final Map<Step, CallResult.NoKey> waiting = new EnumMap<>(Step.class);
  private @Nullable Result stopped;

  Pipeline(
      Database database,
      Stopping stopping,
      PooledCall calls,
      Worker worker,
      Unavailable unavailable,
      InstantSource clock,
      Run run,
      Plan plan,
      RunJournal journal,
      OperationModels models) {
    this.database = database;
    this.stopping = stopping;
    this.calls = calls;
    this.worker = worker;
    this.unavailable = unavailable;
    this.clock = clock;
    this.run = run;
    this.plan = plan;
    this.journal = journal;
    this.models = models;
    this.states = new TreeMap<>(run.operations());
  }

  /** How far the run has come. */
  sealed interface Result {
    /** All operations have ended. */
    record AllEnded() implements Result {}

    record Waiting(Instant until, String why) implements Result {}

    record Cancelled() implements Result {}

    record Interrupted() implements Result {}

    record Lost() implements Result {}
  }

  /** An operation has ended, or its thread has failed. */
  private record Signal(Step step, @Nullable Ended ended, @Nullable Throwable failure) {}

  Result turn() {
    try {
      while (true) {
        if (stopped == null && stopping.begun()) {
          stopped = new Result.Interrupted(); // what is under way may finish
        }
        if (stopped == null) {
          startWhatMayStart();
        }
        if (running.isEmpty() || stopped instanceof Result.Lost) {
          return result();
        }
        var signal = signals.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (signal != null) {
          handle(signal);
        } else if (stopped == null) {
          look();
        }
      }
    } catch (InterruptedException _) {
      calls.abort(run.id());
      return new Result.Interrupted();
    } catch (RunLost _) {
      return new Result.Lost();
    }
  }

  private Result result() {
    if (stopped != null) {
      return stopped;
    }
    if (states.values().stream().allMatch(OperationState::ended)) {
      return new Result.AllEnded();
    }
    var first =
        waiting.values().stream().min(java.util.Comparator.comparing(CallResult.NoKey::nextTry));
    return first
        .<Result>map(n -> new Result.Waiting(n.nextTry(), n.why()))
        .orElseGet(
            () -> new Result.Waiting(clock.instant().plusSeconds(5), "Nothing could be started."));
  }

  private void startWhatMayStart() {
    var now = clock.instant();
    waiting.entrySet().removeIf(e -> !running.isEmpty() && !e.getValue().nextTry().isAfter(now));
    var startable =
        Graph.startable(states, run.inputs().wishes().coherent() && run.mode().coherent()).stream()
            .filter(s -> !running.contains(s) && !waiting.containsKey(s))
            .toList();
    var room = startable.stream().limit(Math.max(0, run.mode().atOnce() - running.size())).toList();
    journal.ready(
        startable.stream()
            .filter(s -> states.get(s.number()) == OperationState.PENDING && !room.contains(s))
            .map(Step::number)
            .toList());
    for (var step : room) {
      start(step);
    }
  }

  private void start(Step step) {
    journal.begin(step);
    states.put(step.number(), OperationState.RUNNING);
    running.add(step);
    Thread.ofVirtual()
        .name("run-" + run.id() + "-" + step.number())
        .start(
            () -> {
              try {
                signals.add(new Signal(step, work(step), null));
              } catch (Throwable failure) {
                signals.add(new Signal(step, null, failure));
              }
            });
  }

  private Ended work(Step step) {
    var now = clock.instant();
    int unknown =
        database.read(dsl -> operations.unknown(dsl, run.id(), step.number(), run.budgetSince()));
    if (unknown > RESENDS) {
      return Ended.failed(
          "unknown_outcome",
          "Its call was cut off "
              + unknown
              + " times, each with an unknown outcome; it is not sent again by itself."
              + " Retry sends it once more.");
    }
    // The key of a call that was cut off is in hand again; keys refused before it may have
    // recovered since.
    var since =
        database
            .read(dsl -> operations.lastUnknown(dsl, run.id(), step.number(), run.budgetSince()))
            .orElse(now);
    var turn =
        calls.open(
            run.lease(), plan, step.number(), step.label(), COUNTED, since, now.plus(OPERATION));
    var caller = new RunCaller(calls, turn, step, journal, unavailable);
    var material = Material.of(database.read(dsl -> parts.current(dsl, run.articleId())));
    var writer =
        step == Step.VALIDATOR
            ? database.read(dsl -> operations.model(dsl, run.id(), Step.TOOL.number()))
            : Optional.<String>empty();
    return worker.work(
        new Worker.Task(
            run,
            step,
            material,
            models,
            caller,
            unknown > 0 ? Cause.RESEND : Cause.FIRST,
            writer.orElse(null)));
  }

  private void handle(Signal signal) {
    running.remove(signal.step());
    var failure = signal.failure();
    if (failure instanceof RunLost) {
      stopped = new Result.Lost();
      return;
    }
    if (failure != null) {
      LOG.error("Run {}: {} broke", run.id(), signal.step().label(), failure);
      end(
          signal.step(),
          Ended.failed("broken", "Keywheel itself failed here; the server's log says why."));
      return;
    }
    switch (java.util.Objects.requireNonNull(signal.ended())) {
      case Ended.Finished finished -> end(signal.step(), finished);
      case Ended.Stopped(var result) -> stop(signal.step(), result);
    }
  }

  private void end(Step step, Ended.Finished finished) {
    if (stopped instanceof Result.Lost) {
      return;
    }
    journal.end(step, finished);
    states.put(step.number(), finished.state());
    if (step == Step.META && !finished.state().delivered() && run.inputs().only() == 0) {
      for (var later : Step.all()) {
        if (later != Step.META
            && !states.getOrDefault(later.number(), OperationState.PENDING).ended()) {
          var skipped = Ended.skipped("no_plan", "There is no plan of the page.");
          journal.end(later, skipped);
          states.put(later.number(), skipped.state());
        }
      }
    }
  }

  private void stop(Step step, CallResult result) {
    switch (result) {
      case CallResult.NoKey noKey -> {
        journal.waitingForKey(step);
        states.put(step.number(), OperationState.WAITING_KEY);
        waiting.put(step, noKey);
      }
      case CallResult.Cancelled _ -> stopAll(new Result.Cancelled());
      case CallResult.Interrupted _ -> {
        if (stopping.begun()) {
          stopped = stopped == null ? new Result.Interrupted() : stopped;
        } else {
          stopAll(new Result.Interrupted());
        }
      }
      case CallResult.LostRun _ -> stopAll(new Result.Lost());
      case CallResult.Answered _,
          CallResult.NotKeyRelated _,
          CallResult.OutOfCalls _,
          CallResult.OutOfTime _ ->
          throw new IllegalStateException("An operation does not stop with " + result);
    }
  }

  private void stopAll(Result why) {
    if (stopped == null) {
      stopped = why;
      // A lost run is another worker's, perhaps on this node: its calls are not ours to abort, and
      // what is still under way here
      // ends by itself and can write nothing.
      if (!(why instanceof Result.Lost)) {
        calls.abort(run.id());
      }
    }
  }

  /** Whether somebody cancelled the run on another node, or took it. */
  private void look() {
    var now = database.read(dsl -> runs.find(dsl, run.id()));
    if (now.isEmpty() || now.get().fence() != run.fence()) {
      stopAll(new Result.Lost());
    } else if (now.get().cancelRequested()) {
      stopAll(new Result.Cancelled());
    }
  }
}
