package dev.keywheel.recovery;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.select;

import dev.keywheel.key.KeyStatus;
import dev.keywheel.key.PoolId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;

/**
 * Finds failed keys that are worth another check. The distance to the next one is the time that the
 * key had been failed at the last, so it doubles, from {@link DueChecks#FAILED_FIRST} up to {@link
 * DueChecks#FAILED_LONGEST}; a tenth of it, different for each key, spreads them.
 */
final class FailedKeys {
  /** An attempt that learnt nothing counts as well. */
  private static final Field<Instant> LAST =
      greatest(
          coalesce(API_KEYS.LAST_TESTED_AT, API_KEYS.STATUS_SINCE),
          field(
              select(max(KEY_TESTS.ENDED_AT))
                  .from(KEY_TESTS)
                  .where(KEY_TESTS.KEY_ID.eq(API_KEYS.ID))));

  private static final Field<Instant> NEXT =
      field(
          "{0} + least(greatest({0} - {1}, make_interval(secs => {2})), make_interval(secs => {3}))"
              + " * (1 + (abs(hashtext({4}::text)) % 100) / 1000.0)",
          Instant.class,
          LAST,
          API_KEYS.STATUS_SINCE,
          DueChecks.FAILED_FIRST.toSeconds(),
          DueChecks.FAILED_LONGEST.toSeconds(),
          API_KEYS.ID);

  Map<PoolId, List<UUID>> due(DSLContext dsl, Instant now, int limit) {
    return dsl.select(API_KEYS.WORKSPACE_ID, API_KEYS.PROVIDER, API_KEYS.ID)
        .from(API_KEYS)
        .where(
            API_KEYS.STATUS.eq(KeyStatus.FAILED.word()), API_KEYS.DELETED_AT.isNull(), NEXT.le(now))
        .orderBy(LAST)
        .limit(limit)
        .fetchGroups(r -> new PoolId(r.value1(), r.value2()), r -> r.value3());
  }
}
