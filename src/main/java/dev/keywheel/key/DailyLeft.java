package dev.keywheel.key;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.jsonbGetAttributeAsText;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.when;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import org.jooq.DSLContext;

/**
 * Free requests that the accounts of a pool's active keys have left on this day (UTC), which is
 * what the provider counts by. A key whose account is not known counts as an account of its own.
 *
 * @param left of the accounts that are known, together
 * @param known accounts whose keys were checked today
 * @param unknown accounts of which nothing is known today
 */
public record DailyLeft(long left, int known, int unknown) {

  static DailyLeft of(DSLContext dsl, PoolId pool, Instant now) {
    var today = now.atOffset(ZoneOffset.UTC).toLocalDate().atStartOfDay().toInstant(ZoneOffset.UTC);
    var remaining =
        jsonbGetAttributeAsText(API_KEYS.FACTS, "freeDailyRemaining").cast(Integer.class);
    var ofToday = min(when(API_KEYS.LAST_TESTED_AT.ge(today), remaining));
    var account = coalesce(API_KEYS.ACCOUNT, API_KEYS.ID.cast(String.class));
    var accounts =
        dsl.select(ofToday)
            .from(API_KEYS)
            .where(KeyRows.inPool(pool))
            .and(API_KEYS.STATUS.eq(KeyStatus.ACTIVE.word()))
            .groupBy(account)
            .fetch(ofToday);
    var known = accounts.stream().filter(Objects::nonNull).toList();
    return new DailyLeft(
        known.stream().mapToLong(Integer::longValue).sum(),
        known.size(),
        accounts.size() - known.size());
  }
}
