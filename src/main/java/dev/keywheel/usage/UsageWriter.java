package dev.keywheel.usage;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Sql;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Usage;
import java.time.Instant;

/** Adds calls that are not attempts, such as deep tests of keys, to the sums of usage. */
public final class UsageWriter {
  private UsageWriter() {}

  /**
   * Counts a finished call in the same way as an attempt.
   *
   * @param state code of the state that an attempt with this outcome would have
   */
  public static void add(
      Tx tx,
      PoolId pool,
      KeyToTest key,
      String model,
      Instant sentAt,
      String state,
      Usage usage,
      int latencyMs) {
    Sql.of(
            "select 1 from add_usage(array[usage_change_of(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)])",
            key.keyId(),
            key.name(),
            pool.workspaceId(),
            pool.provider(),
            model,
            sentAt,
            state,
            usage.promptTokens(),
            usage.completionTokens(),
            usage.cost(),
            latencyMs)
        .fetch(tx, row -> row.getInt(1));
  }
}
