package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;

/** Finds the keys whose next check is due. */
final class DueKeys {
  private DueKeys() {}

  /** At most so many of each pool that is not paused, the longest due first. */
  static List<KeyPool.Due> of(DSLContext dsl, Instant now, int limit) {
    var due =
        lateral(
                select(API_KEYS.ID, API_KEYS.CHECK_DUE, API_KEYS.STATUS_SINCE)
                    .from(API_KEYS)
                    .where(API_KEYS.WORKSPACE_ID.eq(POOLS.WORKSPACE_ID))
                    .and(API_KEYS.PROVIDER.eq(POOLS.PROVIDER))
                    .and(API_KEYS.DELETED_AT.isNull())
                    .and(API_KEYS.CHECK_DUE.le(now))
                    .orderBy(API_KEYS.CHECK_DUE)
                    .limit(limit))
            .as("due");
    return dsl.select(
            POOLS.WORKSPACE_ID,
            POOLS.PROVIDER,
            due.field(API_KEYS.ID),
            due.field(API_KEYS.CHECK_DUE),
            due.field(API_KEYS.STATUS_SINCE))
        .from(POOLS)
        .crossJoin(due)
        .where(POOLS.PAUSED_UNTIL.isNull().or(POOLS.PAUSED_UNTIL.le(now)))
        .fetch(
            row ->
                new KeyPool.Due(
                    new PoolId(row.value1(), row.value2()),
                    row.value3(),
                    row.value4(),
                    row.value5()));
  }

  /**
   * Puts off the checks of the failed keys that a cancelled batch did not test: a person who
   * cancels them does not want them at once again.
   */
  static void postponeCancelled(Tx tx, UUID recovery, Instant now) {
    tx.dsl()
        .execute(
            """
            update api_keys k set check_due = {1} + interval '15 minutes'
              from key_tests t
             where t.recovery_id = {0} and t.result = 'cancelled' and t.key_id = k.id
               and k.status = 'failed' and k.check_due < {1} + interval '15 minutes'
            """,
            val(recovery), val(now));
  }

  /** When the first limit of a key of the pool ends. */
  static Optional<Instant> next(DSLContext dsl, PoolId pool) {
    return dsl.select(API_KEYS.UNTIL)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool))
        .and(API_KEYS.STATUS.eq(KeyStatus.RATE_LIMITED.word()))
        .orderBy(API_KEYS.UNTIL)
        .limit(1)
        .fetchOptional(API_KEYS.UNTIL);
  }
}
