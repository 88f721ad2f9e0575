package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.run.model.Graph;
import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.article.run.model.Run;
import dev.keywheel.article.run.store.RunRepository;
import dev.keywheel.assignment.RunFencedException;
import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.job.Stopping;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.rotation.CallResult;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Turns the operations of one run: starts what may start, up to four at once, writes down each end,
 * and stops when all have ended or none can go on. Which key an operation has follows from its
 * number, so the order of starting may be whatever is fastest.
 */
final class Pipeline {
  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  /** How many operations the log counts: the picture is the eighth and cycles back. */
  static final int COUNTED = 7;

  private static final long LOOK_MILLIS = 500;

  /** A thread that is interrupted waits this many looks for its operations: 5 s. */
  private static final int LAST_LOOKS = 10;

  private final Database database;
  private final Stopping stopping;
  private final CallExecutor calls;
  private final OperationWork work;
  private final InstantSource clock;
  private final Run run;
  private final RunRecorder journal;
  private final RunRepository runs = new RunRepository();

  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final Map<Integer, OperationState> states;
  private final Set<Operation> running = EnumSet.noneOf(Operation.class);
  private final Map<Operation, CallResult.NoKey> waiting = new EnumMap<>(Operation.class);
  private volatile @Nullable Result stopped;

  Pipeline(
      Database database,
      Stopping stopping,
      CallExecutor calls,
      OperationWork work,
      InstantSource clock,
      Run run,
      RunRecorder journal) {
    this.database = database;
    this.stopping = stopping;
    this.calls = calls;
    this.work = work;
    this.clock = clock;
    this.run = run;
    this.journal = journal;
    this.states = new TreeMap<>(run.operations());
  }

  /** How far the run has come. */
  sealed interface Result {
    /** All operations have ended. */
    record AllEnded() implements Result {}

    record Waiting(Instant until, String why) implements Result {}

    record Cancelled() implements Result {}

    record Interrupted() implements Result {}

    /** The database stayed away for too long; what was answered until then is stored. */
    record DatabaseAway() implements Result {}

    record Lost() implements Result {}
  }

  /** An operation has ended, or its thread has failed. */
  private record Signal(
      Operation step, @Nullable OperationResult ended, @Nullable Throwable failure) {}

  /**
   * Turns the run until all operations have ended or none can go on. Returns, or throws, only when
   * nothing of it is under way any more: no call may be paid for that nothing waits for.
   */
  Result turn() {
    try {
      while (stopped == null) {
        if (stopping.begun()) {
          stopped = new Result.Interrupted(); // what is under way may finish
          break;
        }
        startWhatMayStart();
        if (running.isEmpty()) {
          break;
        }
        var signal = signals.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (signal != null) {
          handle(signal);
        } else {
          look();
        }
      }
    } catch (InterruptedException | RunFencedException e) {
      stopAll(resultOf(e));
    } catch (RuntimeException e) {
      if (!Thread.interrupted() && !TransientErrors.isTransient(e)) {
        stopAll(new Result.Interrupted());
        drain();
        throw e;
      }
      stopAll(resultOf(e));
    }
    drain();
    return result();
  }

  private static Result resultOf(Exception stop) {
    return switch (stop) {
      case InterruptedException _ -> new Result.Interrupted();
      case RunFencedException _ -> new Result.Lost();
      default -> new Result.DatabaseAway();
    };
  }

  /**
   * Waits for the operations under way, and writes down how they end. Their calls were aborted,
   * unless the node stops: then those that are out may be answered.
   */
  private void drain() {
    int looks = Integer.MAX_VALUE;
    while (!running.isEmpty() && looks > 0) {
      try {
        var signal = signals.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (signal == null) {
          looks--;
        } else {
          handle(signal);
        }
      } catch (InterruptedException _) {
        calls.abort(run.id());
        looks = LAST_LOOKS;
      } catch (RunFencedException _) {
        stopped = new Result.Lost();
      } catch (RuntimeException e) {
        // An operation whose end is not written is ended by the next worker, from stored answers.
        LOG.warn("Run {}: the end of an operation could not be written", run.id(), e);
      }
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
            .map(Operation::number)
            .toList());
    for (var operation : room) {
      start(operation);
    }
  }

  private void start(Operation operation) {
    journal.begin(operation);
    states.put(operation.number(), OperationState.RUNNING);
    running.add(operation);
    Thread.ofVirtual()
        .name("run-" + run.id() + "-" + operation.number())
        .start(
            () -> {
              MDC.put("run", run.id().toString());
              try {
                signals.add(
                    new Signal(operation, work.work(operation, () -> stopped != null), null));
              } catch (Throwable failure) {
                signals.add(new Signal(operation, null, failure));
              }
            });
  }

  private void handle(Signal signal) {
    running.remove(signal.step());
    var failure = signal.failure();
    if (failure instanceof RunFencedException) {
      stopAll(new Result.Lost());
      return;
    }
    if (TransientErrors.isTransient(failure)) {
      LOG.warn(
          "Run {}: {} stopped, the database is away", run.id(), signal.step().label(), failure);
      stopAll(new Result.DatabaseAway());
      return;
    }
    if (failure != null) {
      LOG.error("Run {}: {} broke", run.id(), signal.step().label(), failure);
      end(
          signal.step(),
          OperationResult.failed(
              "broken", "Keywheel itself failed here; the server's log says why."));
      return;
    }
    switch (java.util.Objects.requireNonNull(signal.ended())) {
      case OperationResult.Finished finished -> end(signal.step(), finished);
      case OperationResult.Stopped(var result) -> stop(signal.step(), result);
    }
  }

  private void end(Operation operation, OperationResult.Finished finished) {
    if (stopped instanceof Result.Lost) {
      return;
    }
    journal.end(operation, finished);
    states.put(operation.number(), finished.state());
    if (operation == Operation.META && !finished.state().delivered() && run.inputs().only() == 0) {
      for (var later : Operation.all()) {
        if (later != Operation.META
            && !states.getOrDefault(later.number(), OperationState.PENDING).ended()) {
          var skipped = OperationResult.skipped("no_plan", "There is no plan of the page.");
          journal.end(later, skipped);
          states.put(later.number(), skipped.state());
        }
      }
    }
  }

  private void stop(Operation operation, CallResult result) {
    switch (result) {
      case CallResult.NoKey noKey -> {
        journal.waitingForKey(operation);
        states.put(operation.number(), OperationState.WAITING_KEY);
        waiting.put(operation, noKey);
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
          CallResult.Failed _,
          CallResult.OutOfCalls _,
          CallResult.OutOfTime _ ->
          throw new IllegalStateException("An operation does not stop with " + result);
    }
  }

  /** Aborts the calls under way; on this node no other worker has the run. */
  private void stopAll(Result why) {
    if (stopped == null || why instanceof Result.Lost) {
      stopped = why;
      calls.abort(run.id());
    }
  }

  /** Whether the run was cancelled on another node, or taken by it. */
  private void look() {
    var now = database.read(dsl -> runs.find(dsl, run.id()));
    if (now.isEmpty() || now.get().fence() != run.fence()) {
      stopAll(new Result.Lost());
    } else if (now.get().cancelRequested()) {
      stopAll(new Result.Cancelled());
    }
  }
}
