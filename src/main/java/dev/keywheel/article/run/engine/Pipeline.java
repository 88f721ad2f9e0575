package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.run.engine.OperationResult.Finished;
import dev.keywheel.article.run.engine.OperationResult.Halted;
import dev.keywheel.article.run.engine.OperationResult.Skipped;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.job.Stopping;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.Run;
import dev.keywheel.run.RunFencedException;
import dev.keywheel.run.RunRepository;
import java.time.InstantSource;
import java.util.Comparator;
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
import org.slf4j.MDC;

/**
 * Runs the operations of one run: starts those that are ready, up to four at once, stores each
 * result, and stops when all have ended or none can continue. An operation's key depends only on
 * its number, so operations may start in any order.
 */
final class Pipeline {
  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  /** Number of operations that the log counts: all but the image, which reuses a seat. */
  static final int COUNTED = 7;

  private static final long POLL_MILLIS = 500;

  /** After an interrupt, the wait ends after this many polls without a result, that is, 5 s. */
  private static final int LAST_POLLS = 10;

  private final Database database;
  private final Stopping stopping;
  private final CallExecutor calls;
  private final OperationWork work;
  private final InstantSource clock;
  private final Run run;
  private final RunRecorder recorder;
  private final RunRepository runs = new RunRepository();

  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final Map<Integer, OperationState> states;
  private final Set<Operation> running = EnumSet.noneOf(Operation.class);
  private final Map<Operation, Halt.NoKey> waiting = new EnumMap<>(Operation.class);
  private volatile @Nullable Halt stopped;

  Pipeline(
      Database database,
      Stopping stopping,
      CallExecutor calls,
      OperationWork work,
      InstantSource clock,
      Run run,
      RunRecorder recorder) {
    this.database = database;
    this.stopping = stopping;
    this.calls = calls;
    this.work = work;
    this.clock = clock;
    this.run = run;
    this.recorder = recorder;
    this.states = new TreeMap<>(run.operations());
  }

  private record Signal(Operation operation, OperationResult result) {}

  /**
   * Works until all operations have ended or none can continue. Returns or throws only after the
   * last operation in progress has ended, so that no paid answer is lost; an interrupt during that
   * wait limits it to 5 s.
   *
   * @return empty when all operations have ended
   */
  Optional<Halt> runUntilStopped() {
    try {
      while (stopped == null) {
        if (stopping.begun()) {
          stopped = new Halt.Interrupted(); // operations in progress may finish
          break;
        }
        skipWithoutPlan();
        startReady();
        if (running.isEmpty()) {
          break;
        }
        var signal = signals.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (signal != null) {
          handle(signal);
        } else {
          checkStopRequests();
        }
      }
    } catch (InterruptedException _) {
      stopAll(new Halt.Interrupted());
    } catch (RunFencedException _) {
      stopAll(new Halt.Fenced());
    } catch (RuntimeException e) {
      if (!Thread.interrupted() && !TransientErrors.isTransient(e)) {
        stopAll(new Halt.Interrupted());
        drain();
        throw e;
      }
      stopAll(new Halt.DatabaseUnavailable());
    }
    drain();
    return result();
  }

  /**
   * Waits for the operations in progress and stores their results. Their calls were aborted, unless
   * the node is stopping: then calls in flight may finish.
   */
  private void drain() {
    int polls = Integer.MAX_VALUE;
    while (!running.isEmpty() && polls > 0) {
      try {
        var signal = signals.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (signal == null) {
          polls--;
        } else {
          handle(signal);
        }
      } catch (InterruptedException _) {
        calls.abort(run.id());
        polls = LAST_POLLS;
      } catch (RunFencedException _) {
        stopped = new Halt.Fenced();
      } catch (RuntimeException e) {
        // The next worker completes the operation from stored answers.
        LOG.warn("Run {}: the result of an operation could not be stored", run.id(), e);
      }
    }
  }

  private Optional<Halt> result() {
    if (stopped != null) {
      return Optional.of(stopped);
    }
    if (states.values().stream().allMatch(OperationState::ended)) {
      return Optional.empty();
    }
    return Optional.of(
        waiting.values().stream()
            .min(Comparator.comparing(Halt.NoKey::nextTry))
            .orElseGet(
                () -> new Halt.NoKey(clock.instant().plusSeconds(5), "Nothing could be started.")));
  }

  /**
   * Skips the other operations of a whole run whose plan failed, perhaps under an earlier worker:
   * an existing article still has its old plan.
   */
  private void skipWithoutPlan() {
    var plan = state(Operation.META);
    if (RunInputs.of(run).only() == 0 && plan.ended() && !plan.delivered()) {
      Operation.all().stream()
          .filter(operation -> !state(operation).ended())
          .forEach(operation -> store(operation, new Skipped(OperationError.NO_PLAN, "")));
    }
  }

  private void startReady() {
    var now = clock.instant();
    waiting.entrySet().removeIf(e -> !running.isEmpty() && !e.getValue().nextTry().isAfter(now));
    var startable =
        Graph.startable(states, RunInputs.of(run).wishes().coherent() && run.mode().coherent())
            .stream()
            .filter(s -> !running.contains(s) && !waiting.containsKey(s))
            .toList();
    var room = startable.stream().limit(Math.max(0, run.mode().atOnce() - running.size())).toList();
    var ready =
        startable.stream()
            .filter(s -> states.get(s.number()) == OperationState.PENDING && !room.contains(s))
            .map(Operation::number)
            .toList();
    recorder.markReady(ready);
    ready.forEach(number -> states.put(number, OperationState.READY));
    for (var operation : room) {
      start(operation);
    }
  }

  private void start(Operation operation) {
    recorder.begin(operation);
    states.put(operation.number(), OperationState.RUNNING);
    running.add(operation);
    Thread.ofVirtual()
        .name("run-" + run.id() + "-" + operation.number())
        .start(
            () -> {
              MDC.put("run", run.id().toString());
              signals.add(new Signal(operation, resultOf(operation)));
            });
  }

  private OperationResult resultOf(Operation operation) {
    try {
      return work.work(operation, () -> stopped != null);
    } catch (RunFencedException _) {
      return new Halted(new Halt.Fenced());
    } catch (Throwable failure) {
      if (TransientErrors.isTransient(failure)) {
        LOG.warn(
            "Run {}: {} stopped because the database is unavailable",
            run.id(),
            operation.label(),
            failure);
        return new Halted(new Halt.DatabaseUnavailable());
      }
      LOG.error("Run {}: {} failed unexpectedly", run.id(), operation.label(), failure);
      return new OperationResult.Failed(OperationError.BROKEN, "");
    }
  }

  private void handle(Signal signal) {
    running.remove(signal.operation());
    switch (signal.result()) {
      case Finished finished -> end(signal.operation(), finished);
      case Halted(var halt) -> halt(signal.operation(), halt);
    }
  }

  private void end(Operation operation, Finished finished) {
    if (stopped instanceof Halt.Fenced) {
      return;
    }
    store(operation, finished);
  }

  private void store(Operation operation, Finished finished) {
    states.put(operation.number(), recorder.end(operation, finished));
  }

  private OperationState state(Operation operation) {
    return states.getOrDefault(operation.number(), OperationState.PENDING);
  }

  private void halt(Operation operation, Halt halt) {
    switch (halt) {
      case Halt.NoKey noKey -> {
        recorder.recordKeyWait(operation);
        states.put(operation.number(), OperationState.WAITING_KEY);
        waiting.put(operation, noKey);
      }
      case Halt.Interrupted _ when stopping.begun() ->
          stopped = stopped == null ? halt : stopped; // operations in progress may finish
      case Halt.Cancelled _, Halt.Interrupted _, Halt.Fenced _, Halt.DatabaseUnavailable _ ->
          stopAll(halt);
    }
  }

  /** Stops the pipeline and aborts the run's calls. No other worker on this node has this run. */
  private void stopAll(Halt halt) {
    if (stopped == null || halt instanceof Halt.Fenced) {
      stopped = halt;
      calls.abort(run.id());
    }
  }

  /** Stops the pipeline if the run was cancelled, or was taken over by another worker. */
  private void checkStopRequests() {
    var now = database.read(dsl -> runs.find(dsl, run.id()));
    if (now.isEmpty() || now.get().fence() != run.fence()) {
      stopAll(new Halt.Fenced());
    } else if (now.get().cancelRequested()) {
      stopAll(new Halt.Cancelled());
    }
  }
}
