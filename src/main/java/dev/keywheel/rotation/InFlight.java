package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The calls of this node that wait for a provider, or for their turn. Only they are ever
 * interrupted: an interrupt while the thread talks to the database would break its connection.
 */
final class InFlight {
  private final Map<UUID, Set<Thread>> calling = new HashMap<>();
  private final Map<UUID, Set<Thread>> waiting = new HashMap<>();
  private boolean stopping;

  /** What a call gave, and whether it was interrupted meanwhile. The thread's flag is cleared. */
  record Ended(CallOutcome outcome, boolean interrupted) {}

  Ended run(UUID runId, Supplier<CallOutcome> call) {
    var thread = Thread.currentThread();
    begin(calling, runId, thread);
    try {
      var outcome = call.get();
      return new Ended(outcome, end(calling, runId, thread));
    } catch (RuntimeException | Error e) {
      end(calling, runId, thread);
      throw e;
    }
  }

  /** Something to wait for before a call may be sent. */
  @FunctionalInterface
  interface Turn {
    /** Whether the turn came before the time was over. */
    boolean came() throws InterruptedException;
  }

  /** Waits for a turn; empty when the run is aborted or this node stops. */
  Optional<Boolean> await(UUID runId, Turn turn) {
    var thread = Thread.currentThread();
    if (!begin(waiting, runId, thread)) {
      end(waiting, runId, thread);
      return Optional.empty();
    }
    try {
      boolean came = turn.came();
      end(waiting, runId, thread);
      return Optional.of(came);
    } catch (InterruptedException e) {
      end(waiting, runId, thread);
      return Optional.empty();
    }
  }

  synchronized void abort(UUID runId) {
    calling.getOrDefault(runId, Set.of()).forEach(Thread::interrupt);
    waiting.getOrDefault(runId, Set.of()).forEach(Thread::interrupt);
  }

  /** Ends the waiting for turns, now and from now on; tells how many calls each run has out. */
  synchronized Map<UUID, Integer> stop() {
    stopping = true;
    waiting.values().forEach(threads -> threads.forEach(Thread::interrupt));
    var calls = new HashMap<UUID, Integer>();
    calling.forEach((runId, threads) -> calls.put(runId, threads.size()));
    return calls;
  }

  synchronized void abortAll() {
    calling.values().forEach(threads -> threads.forEach(Thread::interrupt));
  }

  private synchronized boolean begin(Map<UUID, Set<Thread>> threads, UUID runId, Thread thread) {
    threads.computeIfAbsent(runId, id -> new HashSet<>()).add(thread);
    return !stopping;
  }

  /** After this nothing interrupts the thread for this call; tells whether something has. */
  private synchronized boolean end(Map<UUID, Set<Thread>> threads, UUID runId, Thread thread) {
    threads.computeIfPresent(
        runId,
        (id, calls) -> {
          calls.remove(thread);
          return calls.isEmpty() ? null : calls;
        });
    return Thread.interrupted();
  }
}
