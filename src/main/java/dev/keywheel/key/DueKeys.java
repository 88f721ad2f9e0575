package dev.keywheel.key;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;

/** Finds the keys whose next check is due. */
final class DueKeys {
  private DueKeys() {}

  static List<KeyPool.Due> of(DSLContext dsl, Instant now, int limit) {
    return dsl.select(
            API_KEYS.WORKSPACE_ID,
            API_KEYS.PROVIDER,
            API_KEYS.ID,
            API_KEYS.CHECK_DUE,
            API_KEYS.STATUS_SINCE)
        .from(API_KEYS)
        .where(API_KEYS.CHECK_DUE.le(now))
        .and(API_KEYS.DELETED_AT.isNull())
        .orderBy(API_KEYS.CHECK_DUE)
        .limit(limit)
        .fetch(DueKeys::due);
  }

  /** When the first limit of a key of the pool ends. */
  static Optional<Instant> next(DSLContext dsl, PoolId pool) {
    return dsl.select(API_KEYS.UNTIL)
        .from(API_KEYS)
        .where(KeyRows.inPool(pool))
        .and(API_KEYS.STATUS.eq(KeyStatus.RATE_LIMITED.word()))
        .orderBy(API_KEYS.UNTIL)
        .limit(1)
        .fetchOptional(API_KEYS.UNTIL);
  }

  private static KeyPool.Due due(Record row) {
    return new KeyPool.Due(
        new PoolId(row.get(API_KEYS.WORKSPACE_ID), row.get(API_KEYS.PROVIDER)),
        row.get(API_KEYS.ID),
        row.get(API_KEYS.CHECK_DUE),
        row.get(API_KEYS.STATUS_SINCE));
  }
}
