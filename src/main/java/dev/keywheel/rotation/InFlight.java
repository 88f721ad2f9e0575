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
  private final Map<UUID, Set<Thread>> threads = new HashMap<>();

  /** What a call gave, and whether it was interrupted meanwhile. The thread's flag is cleared. */
  record Ended(CallOutcome outcome, boolean interrupted) {}

  Ended run(UUID runId, Supplier<CallOutcome> call) {
    var thread = Thread.currentThread();
    begin(runId, thread);
    try {
      var outcome = call.get();
      return new Ended(outcome, end(runId, thread));
    } catch (RuntimeException | Error e) {
      end(runId, thread);
      throw e;
    }
  }

  /** Something to wait for before a call may be sent. */
  @FunctionalInterface
  interface Turn {
    /** Whether the turn came before the time was over. */
    boolean came() throws InterruptedException;
  }

  /** Waits as a call does; empty when it was interrupted. */
  Optional<Boolean> await(UUID runId, Turn turn) {
    var thread = Thread.currentThread();
    begin(runId, thread);
    try {
      boolean came = turn.came();
      end(runId, thread);
      return Optional.of(came);
    } catch (InterruptedException e) {
      end(runId, thread);
      return Optional.empty();
    }
  }

  synchronized void abort(UUID runId) {
    threads.getOrDefault(runId, Set.of()).forEach(Thread::interrupt);
  }

  private synchronized void begin(UUID runId, Thread thread) {
    threads.computeIfAbsent(runId, id -> new HashSet<>()).add(thread);
  }

  /** After this nobody interrupts the thread for this call; tells whether somebody has. */
  private synchronized boolean end(UUID runId, Thread thread) {
    threads.computeIfPresent(
        runId,
        (id, calls) -> {
          calls.remove(thread);
          return calls.isEmpty() ? null : calls;
        });
    return Thread.interrupted();
  }
}
