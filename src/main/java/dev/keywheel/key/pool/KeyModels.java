package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.MODEL_EXCLUSIONS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.countDistinct;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Sql;
import dev.keywheel.key.state.PoolId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record2;
import org.jooq.Records;
import org.jooq.Table;

/** The models for which a key is excluded. The key stays in use for all other models. */
public final class KeyModels {
  /**
   * Length of the first exclusion. Each further exclusion lasts twice as long, if it begins within
   * {@link #REMEMBERED} after the end of the previous one.
   */
  private static final Duration FIRST_EXCLUSION = Duration.ofHours(1);

  private static final Duration MAX_EXCLUSION = Duration.ofHours(24);
  private static final Duration REMEMBERED = Duration.ofDays(7);

  private KeyModels() {}

  /** An exclusion of a key for one model. {@code reason} is a sentence for users. */
  public record Exclusion(String model, Instant since, Instant until, String reason) {}

  /** The keys of the pool that are excluded for the model now. */
  public static Set<UUID> findExcluded(Tx tx, PoolId pool, String model, Instant now) {
    return tx.dsl()
        .select(MODEL_EXCLUSIONS.KEY_ID)
        .from(MODEL_EXCLUSIONS)
        .crossJoin(keys())
        .where(excludedNow(List.of(model), now), KeyRepository.inPool(pool))
        .fetchSet(MODEL_EXCLUSIONS.KEY_ID);
  }

  /** An SQL array of the given models for which the key of the row is excluded now. */
  static Sql excludedModels(Collection<String> models, Instant now) {
    return Sql.of(
        "array(select model from model_exclusions where key_id = api_keys.id and model = any(?) and until > ?)",
        models.toArray(String[]::new),
        now);
  }

  /** The number of keys of the pool that are excluded for one of the models now. */
  static Field<Integer> countExcluded(PoolId pool, Collection<String> models, Instant now) {
    return field(
        select(countDistinct(MODEL_EXCLUSIONS.KEY_ID))
            .from(MODEL_EXCLUSIONS)
            .crossJoin(keys())
            .where(excludedNow(models, now), KeyRepository.inPool(pool)));
  }

  /**
   * The key of each exclusion, looked up by its id. With a plain join and without statistics, the
   * planner would read all keys of the pool before every call.
   */
  private static Table<?> keys() {
    return lateral(
            select(API_KEYS.WORKSPACE_ID, API_KEYS.PROVIDER, API_KEYS.DELETED_AT)
                .from(API_KEYS)
                .where(API_KEYS.ID.eq(MODEL_EXCLUSIONS.KEY_ID))
                .offset(inline(0)))
        .as(API_KEYS);
  }

  private static Condition excludedNow(Collection<String> models, Instant now) {
    return and(
        MODEL_EXCLUSIONS.MODEL.eq(any(models.toArray(String[]::new))),
        MODEL_EXCLUSIONS.UNTIL.gt(now));
  }

  /** The first end of an exclusion of these keys from the model; empty if none is excluded now. */
  public static Optional<Instant> firstBack(
      Tx tx, Collection<UUID> keys, String model, Instant now) {
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    return tx.dsl()
        .select(min(MODEL_EXCLUSIONS.UNTIL))
        .from(MODEL_EXCLUSIONS)
        .where(
            excludedNow(List.of(model), now),
            MODEL_EXCLUSIONS.KEY_ID.eq(any(keys.toArray(UUID[]::new))))
        .fetchOptional(min(MODEL_EXCLUSIONS.UNTIL));
  }

  /**
   * Excludes a key for a model, and returns the end of the exclusion. Does not prolong an
   * exclusion: calls that were in flight when it began may fail for the same reason.
   *
   * @param reason a sentence for users
   */
  public static Instant exclude(Tx tx, UUID key, String model, String reason, Instant now) {
    var previous =
        tx.dsl()
            .select(MODEL_EXCLUSIONS.TIMES, MODEL_EXCLUSIONS.UNTIL)
            .from(MODEL_EXCLUSIONS)
            .where(
                MODEL_EXCLUSIONS.KEY_ID.eq(key),
                MODEL_EXCLUSIONS.MODEL.eq(model),
                MODEL_EXCLUSIONS.UNTIL.gt(now.minus(REMEMBERED)))
            .forUpdate()
            .fetchOptional();
    var running = previous.map(Record2::value2).filter(end -> end.isAfter(now));
    if (running.isPresent()) {
      return running.get();
    }
    int before = previous.map(Record2::value1).orElse(0);
    var longer = FIRST_EXCLUSION.multipliedBy(1L << Math.min(before, 10));
    var until = now.plus(longer.compareTo(MAX_EXCLUSION) > 0 ? MAX_EXCLUSION : longer);
    tx.dsl()
        .insertInto(MODEL_EXCLUSIONS)
        .set(MODEL_EXCLUSIONS.KEY_ID, key)
        .set(MODEL_EXCLUSIONS.MODEL, model)
        .set(MODEL_EXCLUSIONS.UNTIL, until)
        .set(MODEL_EXCLUSIONS.TIMES, before + 1)
        .set(MODEL_EXCLUSIONS.SINCE, now)
        .set(MODEL_EXCLUSIONS.REASON, reason)
        .onConflict(MODEL_EXCLUSIONS.KEY_ID, MODEL_EXCLUSIONS.MODEL)
        .doUpdate()
        .set(MODEL_EXCLUSIONS.UNTIL, excluded(MODEL_EXCLUSIONS.UNTIL))
        .set(MODEL_EXCLUSIONS.TIMES, excluded(MODEL_EXCLUSIONS.TIMES))
        .set(MODEL_EXCLUSIONS.SINCE, excluded(MODEL_EXCLUSIONS.SINCE))
        .set(MODEL_EXCLUSIONS.REASON, excluded(MODEL_EXCLUSIONS.REASON))
        .execute();
    return until;
  }

  /**
   * Ends all exclusions of a key, and returns whether there were any. The next one lasts {@link
   * #FIRST_EXCLUSION} again. The caller holds the pool's lock.
   */
  public static boolean endAll(Tx tx, PoolId pool, UUID key, Instant now) {
    int ended =
        tx.dsl()
            .deleteFrom(MODEL_EXCLUSIONS)
            .where(MODEL_EXCLUSIONS.KEY_ID.eq(key), MODEL_EXCLUSIONS.UNTIL.gt(now))
            .execute();
    if (ended > 0) {
      PoolStatus.raiseGains(tx, pool);
    }
    return ended > 0;
  }

  /** The models for which the key was ever excluded. */
  public static List<Exclusion> of(DSLContext dsl, UUID key) {
    return dsl.select(
            MODEL_EXCLUSIONS.MODEL,
            MODEL_EXCLUSIONS.SINCE,
            MODEL_EXCLUSIONS.UNTIL,
            MODEL_EXCLUSIONS.REASON)
        .from(MODEL_EXCLUSIONS)
        .where(MODEL_EXCLUSIONS.KEY_ID.eq(key))
        .orderBy(MODEL_EXCLUSIONS.MODEL)
        .fetch(Records.mapping(Exclusion::new));
  }
}
