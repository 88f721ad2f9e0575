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
 * The calls of this node that wait for a provider or for their key. Only their threads are
 * interrupted, since an interrupt during a database call would break its connection.
 */
final class InFlightCalls {
  private final Map<UUID, Calls> runs = new HashMap<>();
  private boolean stopping;

  /** Calls of one run, from before their attempt is stored until their answer has arrived. */
  private static final class Calls {
    final Set<Thread> calling = new HashSet<>();
    final Set<Thread> waiting = new HashSet<>();
    int open;
    int aborts;
  }

  /** A call's outcome, and whether its thread was interrupted. The interrupt flag is cleared. */
  record Ended(CallOutcome outcome, boolean interrupted) {}

  /** Something to wait for before a call may be sent. */
  @FunctionalInterface
  interface Permit {
    /** Waits; returns whether a permit was available in time. */
    boolean available() throws InterruptedException;
  }

  /**
   * One call. An abort after the slot was opened also prevents the call from being sent: after a
   * cancel is acknowledged or the node stops, nothing is sent.
   */
  final class Slot implements AutoCloseable {
    private final UUID runId;
    private final int aborts;

    private Slot(UUID runId, int aborts) {
      this.runId = runId;
      this.aborts = aborts;
    }

    /** Waits for a permit; empty when the run's calls are aborted or this node stops. */
    Optional<Boolean> await(Permit permit) {
      if (!begin(this, true)) {
        return Optional.empty();
      }
      try {
        boolean available = permit.available();
        return end(runId) ? Optional.empty() : Optional.of(available);
      } catch (InterruptedException e) {
        end(runId);
        return Optional.empty();
      }
    }

    /** Sends the call; empty, without sending, if it was aborted or this node stops. */
    Optional<Ended> send(Supplier<CallOutcome> call) {
      if (!begin(this, false)) {
        return Optional.empty();
      }
      try {
        var outcome = call.get();
        return Optional.of(new Ended(outcome, end(runId)));
      } catch (RuntimeException | Error e) {
        end(runId);
        throw e;
      }
    }

    @Override
    public void close() {
      closeSlot(runId);
    }
  }

  synchronized Slot open(UUID runId) {
    var calls = runs.computeIfAbsent(runId, id -> new Calls());
    calls.open++;
    return new Slot(runId, calls.aborts);
  }

  synchronized void abort(UUID runId) {
    var calls = runs.get(runId);
    if (calls != null) {
      calls.aborts++;
      calls.calling.forEach(Thread::interrupt);
      calls.waiting.forEach(Thread::interrupt);
    }
  }

  /** Interrupts all waits and prevents new ones; returns the number of calls in flight by run. */
  synchronized Map<UUID, Integer> stop() {
    stopping = true;
    var out = new HashMap<UUID, Integer>();
    runs.forEach(
        (runId, calls) -> {
          calls.waiting.forEach(Thread::interrupt);
          if (!calls.calling.isEmpty()) {
            out.put(runId, calls.calling.size());
          }
        });
    return out;
  }

  synchronized void abortAll() {
    runs.values().forEach(calls -> calls.calling.forEach(Thread::interrupt));
  }

  private synchronized boolean begin(Slot slot, boolean waiting) {
    var calls = runs.get(slot.runId);
    if (stopping || calls == null || calls.aborts != slot.aborts) {
      return false;
    }
    (waiting ? calls.waiting : calls.calling).add(Thread.currentThread());
    return true;
  }

  /** Unregisters the thread and clears its interrupt; returns whether it was interrupted. */
  private synchronized boolean end(UUID runId) {
    var calls = runs.get(runId);
    if (calls != null) {
      calls.calling.remove(Thread.currentThread());
      calls.waiting.remove(Thread.currentThread());
    }
    return Thread.interrupted();
  }

  private synchronized void closeSlot(UUID runId) {
    runs.computeIfPresent(runId, (id, calls) -> --calls.open == 0 ? null : calls);
  }
}
