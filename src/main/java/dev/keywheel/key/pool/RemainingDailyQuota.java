package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.jsonbGetAttributeAsText;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.when;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jooq.DSLContext;

/**
 * The free requests that the accounts of a pool's active keys have left on this UTC day. A key
 * whose account is unknown counts as an account of its own.
 *
 * @param left the sum over the accounts with a report
 * @param reportedAccounts the number of accounts whose remaining requests a check reported today
 * @param otherAccounts the number of accounts without such a report
 * @param complete false in a pool with more active keys than {@link #MAX_KEYS}: then only the next
 *     {@link #MAX_KEYS} usable keys in the rotation count
 */
public record RemainingDailyQuota(
    long left, int reportedAccounts, int otherAccounts, boolean complete) {
  /** The maximum number of keys read; low, because the dashboard queries every few seconds. */
  public static final int MAX_KEYS = 500;

  static RemainingDailyQuota of(DSLContext dsl, PoolId pool, Instant now) {
    var today = now.truncatedTo(ChronoUnit.DAYS);
    var remaining =
        jsonbGetAttributeAsText(API_KEYS.FACTS, "freeDailyRemaining").cast(Integer.class);
    var account = coalesce(API_KEYS.ACCOUNT, API_KEYS.ID.cast(String.class));
    boolean all = PoolRepository.counts(dsl, pool).active() <= MAX_KEYS;
    var keys =
        dsl.select(
                account.as("account"),
                when(API_KEYS.LAST_TESTED_AT.ge(today), remaining).as("left"))
            .from(
                all
                    ? API_KEYS
                    : API_KEYS.join(ROTATION_ORDER).on(ROTATION_ORDER.KEY_ID.eq(API_KEYS.ID)))
            .where(all ? KeyRepository.inPool(pool) : KeyRotation.usable(pool, ModelClass.FREE))
            .and(all ? API_KEYS.STATUS.eq(KeyStatus.ACTIVE.code()) : noCondition())
            .orderBy(all ? List.of() : KeyRotation.ORDER)
            .limit(MAX_KEYS)
            .asTable("keys");
    var ofToday = min(keys.field("left", Integer.class));
    var accounts = dsl.select(ofToday).from(keys).groupBy(keys.field("account")).fetch(ofToday);
    var known = accounts.stream().filter(Objects::nonNull).toList();
    return new RemainingDailyQuota(
        known.stream().mapToLong(Integer::longValue).sum(),
        known.size(),
        accounts.size() - known.size(),
        all);
  }
}
