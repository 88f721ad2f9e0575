package dev.keywheel.gateway.ledger;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Creates the daily partitions of requests and attempts, and drops expired ones. Rows of a day
 * whose partition was not created in time are in the default partition, from which they are deleted
 * in batches.
 */
public final class GatewayDays {
  private static final int DAYS_AHEAD = 3;

  private final Database database;
  private final SettingsStore settings;
  private final InstantSource clock;

  GatewayDays(Database database, SettingsStore settings, InstantSource clock) {
    this.database = database;
    this.settings = settings;
    this.clock = clock;
  }

  /** Creates the partitions of today and the next two days, and drops expired partitions. */
  void maintain() {
    var kept = RetentionSettings.of(settings);
    var now = clock.instant();
    var firstKept = day(now.minus(Duration.ofDays(kept.gatewayDays())));
    database.runTx(
        tx -> tx.dsl().fetch("select make_gateway_days({0}, {1})", val(day(now)), val(DAYS_AHEAD)));
    database.runTx(tx -> tx.dsl().fetch("select drop_gateway_days({0})", val(firstKept)));
  }

  /**
   * Removes expired requests and attempts from the default partition. Locks the two tables in the
   * same order as the creation and removal of partitions, to avoid deadlocks.
   */
  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    UUID[] expired =
        tx.dsl()
            .fetch(
                """
                select id from gateway_requests_default
                 where workspace_id = {0} and id < {1} order by id limit {2}
                """,
                val(workspace), val(Ids.lowerBound(before)), val(limit))
            .getValues(0, UUID.class)
            .toArray(UUID[]::new);
    if (expired.length == 0) {
      return RemovedRows.oldest(0, limit);
    }
    tx.dsl()
        .execute("delete from gateway_attempts_default where request_id = any({0})", val(expired));
    int removed =
        tx.dsl().execute("delete from gateway_requests_default where id = any({0})", val(expired));
    return RemovedRows.oldest(removed, limit);
  }

  private static LocalDate day(Instant at) {
    return LocalDate.ofInstant(at, ZoneOffset.UTC);
  }
}
