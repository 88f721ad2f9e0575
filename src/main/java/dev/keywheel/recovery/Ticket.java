package dev.keywheel.recovery;

import dev.keywheel.key.PoolId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An asker's place in a batch: which of its keys it may wait for. Kept by one thread; it remembers
 * which lines it already put into the run's log.
 */
public final class Ticket {
  private final PoolId pool;
  private final @Nullable UUID recoveryId;
  private final @Nullable UUID runId;
  private final List<UUID> keys;
  private final boolean joined;
  private final Set<UUID> told = new HashSet<>();

  Ticket(
      PoolId pool,
      @Nullable UUID recoveryId,
      @Nullable UUID runId,
      List<UUID> keys,
      boolean joined) {
    this.pool = pool;
    this.recoveryId = recoveryId;
    this.runId = runId;
    this.keys = List.copyOf(keys);
    this.joined = joined;
  }

  public PoolId pool() {
    return pool;
  }

  /** The batch; null when there was no key to test. */
  public @Nullable UUID recoveryId() {
    return recoveryId;
  }

  /** The asker's own keys: those asked for that can be tested. */
  public List<UUID> keys() {
    return keys;
  }

  /** Whether a batch was running already and this one's keys were added to it. */
  public boolean joined() {
    return joined;
  }

  public boolean isEmpty() {
    return recoveryId == null;
  }

  @Nullable UUID runId() {
    return runId;
  }

  /** True the first time it is called for a key. */
  boolean tellOnce(UUID key) {
    return told.add(key);
  }
}
