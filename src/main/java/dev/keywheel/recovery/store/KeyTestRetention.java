package dev.keywheel.recovery.store;

import dev.keywheel.db.Tx;
import dev.keywheel.key.search.KeyHistoryRetention;
import dev.keywheel.key.search.KeyHistoryRetention.History;
import dev.keywheel.retention.RemovedRows;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Removes old tests of keys; the newest tests of each key are kept regardless of their age. */
public final class KeyTestRetention {
  private static final History TESTS = new History("key_tests", "ended_at", "ended_at");

  private KeyTestRetention() {}

  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    return KeyHistoryRetention.remove(tx, TESTS, workspace, before, cursor, limit);
  }
}
