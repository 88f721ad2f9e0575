package dev.keywheel.recovery;

import dev.keywheel.recovery.store.KeyTestResult;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A caller's share of a batch: the keys it waits for, and their results so far. Used by one thread,
 * so that each result is read only once, and logged only once for the run.
 */
public final class BatchTicket {
  private final @Nullable UUID recoveryId;
  private final @Nullable UUID runId;
  private final List<UUID> keys;
  private final int size;
  private final boolean joined;
  private final Set<UUID> waiting;
  private final List<KeyTestResult> ended = new ArrayList<>();
  private int endedInBatch;
  private boolean finished;

  private BatchTicket(
      @Nullable UUID recoveryId, @Nullable UUID runId, List<UUID> keys, int size, boolean joined) {
    this.size = size;
    this.recoveryId = recoveryId;
    this.runId = runId;
    this.keys = List.copyOf(keys);
    this.joined = joined;
    this.waiting = new LinkedHashSet<>(keys);
  }

  static BatchTicket ofKeys(
      @Nullable UUID recoveryId, @Nullable UUID runId, List<UUID> keys, boolean joined) {
    return new BatchTicket(recoveryId, runId, keys, keys.size(), joined);
  }

  /** A ticket for many keys, which are counted but not listed. */
  static BatchTicket ofMany(UUID recoveryId, int size, boolean joined) {
    return new BatchTicket(recoveryId, null, List.of(), size, joined);
  }

  /** The id of the batch; null when there was no key to test. */
  public @Nullable UUID recoveryId() {
    return recoveryId;
  }

  /** The caller's keys that can be tested. */
  List<UUID> keys() {
    return keys;
  }

  /** Whether the ticket lists its keys; otherwise only the end of the batch can be awaited. */
  boolean listed() {
    return keys.size() == size;
  }

  /** The number of keys to test for the caller. */
  public int size() {
    return size;
  }

  /** Whether the keys were added to a batch that was already running. */
  public boolean joined() {
    return joined;
  }

  public boolean isEmpty() {
    return recoveryId == null;
  }

  @Nullable UUID runId() {
    return runId;
  }

  /** The caller's keys without a result. */
  Set<UUID> waiting() {
    return waiting;
  }

  /** The results so far, in the order of their arrival. */
  List<KeyTestResult> ended() {
    return List.copyOf(ended);
  }

  void add(List<KeyTestResult> results) {
    for (var result : results) {
      if (waiting.remove(result.keyId())) {
        ended.add(result);
      }
    }
  }

  /** Sets the number of results of the batch; returns whether it has changed. */
  boolean updateEnded(int endedOfAll) {
    boolean news = endedOfAll != endedInBatch;
    endedInBatch = endedOfAll;
    return news;
  }

  /** Marks the ticket as finished; true only for the first call. */
  boolean finishOnce() {
    boolean first = !finished;
    finished = true;
    return first;
  }
}
