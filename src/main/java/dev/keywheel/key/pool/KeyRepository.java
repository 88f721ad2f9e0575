package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static java.util.stream.Collectors.joining;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.or;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Json;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.Failure;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyState;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Limit;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.MemberRepository;
import dev.keywheel.problem.InTrash;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.SelectConditionStep;
import org.jooq.SelectField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Reads the table of keys, without the columns of the secret. */
public final class KeyRepository {
  public static final List<SelectField<?>> COLUMNS =
      List.of(
          API_KEYS.ID,
          API_KEYS.WORKSPACE_ID,
          API_KEYS.PROVIDER,
          API_KEYS.NAME,
          API_KEYS.ACCOUNT,
          API_KEYS.TAGS,
          API_KEYS.PREFIX,
          API_KEYS.LAST_FOUR,
          API_KEYS.STATUS,
          API_KEYS.REASON,
          API_KEYS.UNTIL,
          API_KEYS.STATUS_SINCE,
          API_KEYS.ADDED_AT,
          API_KEYS.LIMITS,
          API_KEYS.LAST_TESTED_AT,
          API_KEYS.LAST_USED_AT,
          API_KEYS.LAST_LATENCY_MS,
          API_KEYS.CALLS,
          API_KEYS.CALLS_OK,
          API_KEYS.TOKENS,
          API_KEYS.COST,
          API_KEYS.SECRET_VERSION);

  private static final List<SelectField<?>> STATE =
      List.of(
          API_KEYS.ID,
          API_KEYS.WORKSPACE_ID,
          API_KEYS.PROVIDER,
          API_KEYS.STATUS,
          API_KEYS.STATUS_SINCE,
          API_KEYS.ACCOUNT,
          API_KEYS.ACCOUNT_SOURCE,
          API_KEYS.ENABLED,
          API_KEYS.FAILURE,
          API_KEYS.LIMITS,
          API_KEYS.BACKOFF_STEPS,
          API_KEYS.SECRET_VERSION,
          API_KEYS.LAST_TESTED_AT,
          API_KEYS.SECRET_REPLACED_AT,
          POOLS.TEXT_CLASS);

  private static final TypeReference<List<Limit>> LIMITS = new TypeReference<>() {};
  private static final TypeReference<Map<KeyReason, Integer>> BACKOFF_STEPS =
      new TypeReference<>() {};
  private static final JSONB NO_LIMITS = JSONB.valueOf("[]");
  private static final JSONB NO_STEPS = JSONB.valueOf("{}");

  private KeyRepository() {}

  public static Condition inPool(PoolId pool) {
    return and(
        API_KEYS.WORKSPACE_ID.eq(pool.workspaceId()),
        API_KEYS.PROVIDER.eq(pool.provider()),
        API_KEYS.DELETED_AT.isNull());
  }

  static Optional<ApiKey> find(DSLContext dsl, UUID workspace, UUID id) {
    return dsl.select(COLUMNS)
        .from(API_KEYS)
        .where(API_KEYS.WORKSPACE_ID.eq(workspace))
        .and(API_KEYS.ID.eq(id))
        .and(API_KEYS.DELETED_AT.isNull())
        .fetchOptional(KeyRepository::key);
  }

  static List<ApiKey> find(DSLContext dsl, UUID workspace, Collection<UUID> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    return dsl.select(COLUMNS)
        .from(API_KEYS)
        .where(API_KEYS.WORKSPACE_ID.eq(workspace))
        .and(API_KEYS.ID.eq(any(ids.toArray(UUID[]::new))))
        .and(API_KEYS.DELETED_AT.isNull())
        .fetch(KeyRepository::key);
  }

  /**
   * The account of a key, even if the key is in the trash; the id of the key while its account is
   * unknown; empty for a purged key.
   */
  public static Optional<String> accountOrId(DSLContext dsl, UUID workspace, UUID id) {
    return dsl.select(coalesce(API_KEYS.ACCOUNT, API_KEYS.ID.cast(String.class)))
        .from(API_KEYS)
        .where(API_KEYS.WORKSPACE_ID.eq(workspace), API_KEYS.ID.eq(id))
        .fetchOptional(Record1::value1);
  }

  /** The error for a missing key; for a key in the trash it names the user who deleted the key. */
  public static NotFound missing(DSLContext dsl, UUID workspace, UUID id) {
    return dsl.select(API_KEYS.NAME, API_KEYS.DELETED_BY)
        .from(API_KEYS)
        .where(API_KEYS.ID.eq(id), API_KEYS.WORKSPACE_ID.eq(workspace))
        .and(API_KEYS.DELETED_AT.isNotNull())
        .<NotFound>fetchOptional(
            row ->
                new InTrash(
                    "%s was already deleted%s. It can be restored from the trash of the keys."
                        .formatted(row.value1(), deletedBy(dsl, row.value2()))))
        .orElseGet(() -> new NotFound("There is no such key. It may have been purged."));
  }

  private static String deletedBy(DSLContext dsl, @Nullable UUID user) {
    return user == null
        ? ""
        : MemberRepository.emails(dsl, List.of(user)).stream()
            .map(" by "::concat)
            .collect(joining());
  }

  /** A key with its state, not locked; empty for a key in the trash. */
  static Optional<LockedKey> find(DSLContext dsl, UUID id) {
    return select(dsl, API_KEYS.ID.eq(id)).fetchOptional(KeyRepository::lockedKey);
  }

  /**
   * Reads keys with their states, without those in the trash, and locks them in the order of their
   * ids, so that two callers cannot deadlock.
   */
  public static List<LockedKey> lock(DSLContext dsl, Condition which) {
    return select(dsl, which)
        .orderBy(API_KEYS.ID)
        .forUpdate()
        .of(API_KEYS)
        .fetch(KeyRepository::lockedKey);
  }

  /** The checked keys whose account has none of its free calls left. */
  static List<LockedKey> findUsedUp(DSLContext dsl, Collection<KeyCheckResult> checked) {
    var usedUp = checked.stream().filter(KeyCheckResult::freeDayUsedUp);
    return select(dsl, Ids.isAmong(API_KEYS.ID, usedUp.map(one -> one.key().keyId()).toList()))
        .fetch(KeyRepository::lockedKey);
  }

  /**
   * Selects the keys whose state a successful answer may change: they have limits, backoff steps or
   * a failure, or their pool has an unattributed rate limit.
   */
  public static List<UUID> findChangedByAnswer(DSLContext dsl, Collection<UUID> keys) {
    return dsl.select(API_KEYS.ID)
        .from(API_KEYS)
        .join(POOLS)
        .on(POOLS.WORKSPACE_ID.eq(API_KEYS.WORKSPACE_ID), POOLS.PROVIDER.eq(API_KEYS.PROVIDER))
        .where(API_KEYS.ID.eq(any(keys.toArray(UUID[]::new))))
        .and(
            or(
                API_KEYS.LIMITS.ne(NO_LIMITS),
                API_KEYS.BACKOFF_STEPS.ne(NO_STEPS),
                API_KEYS.FAILURE.isNotNull(),
                POOLS.LAST_UNATTRIBUTED_429.isNotNull()))
        .fetch(API_KEYS.ID);
  }

  /** Matches up to {@code limit} keys of the pool with limits and ids after {@code after}. */
  static Condition limitedAfter(PoolId pool, UUID after, int limit) {
    return API_KEYS.ID.in(
        DSL.select(API_KEYS.ID)
            .from(API_KEYS)
            .where(limited(inPool(pool)), API_KEYS.ID.gt(after))
            .orderBy(API_KEYS.ID)
            .limit(limit));
  }

  static Condition limited(Condition which) {
    return which.and(API_KEYS.LIMITS.ne(DSL.inline(NO_LIMITS)));
  }

  private static SelectConditionStep<Record> select(DSLContext dsl, Condition which) {
    return dsl.select(STATE)
        .from(API_KEYS)
        .join(POOLS)
        .on(POOLS.WORKSPACE_ID.eq(API_KEYS.WORKSPACE_ID))
        .and(POOLS.PROVIDER.eq(API_KEYS.PROVIDER))
        .where(which)
        .and(API_KEYS.DELETED_AT.isNull());
  }

  public static ApiKey key(Record row) {
    return new ApiKey(
        row.get(API_KEYS.ID),
        new PoolId(row.get(API_KEYS.WORKSPACE_ID), row.get(API_KEYS.PROVIDER)),
        row.get(API_KEYS.NAME),
        row.get(API_KEYS.ACCOUNT),
        List.of(row.get(API_KEYS.TAGS)),
        row.get(API_KEYS.PREFIX),
        row.get(API_KEYS.LAST_FOUR),
        KeyStatus.of(row.get(API_KEYS.STATUS)),
        reason(row.get(API_KEYS.REASON)),
        row.get(API_KEYS.UNTIL),
        row.get(API_KEYS.STATUS_SINCE),
        row.get(API_KEYS.ADDED_AT),
        limits(row.get(API_KEYS.LIMITS)),
        row.get(API_KEYS.LAST_TESTED_AT),
        row.get(API_KEYS.LAST_USED_AT),
        row.get(API_KEYS.LAST_LATENCY_MS),
        row.get(API_KEYS.CALLS),
        row.get(API_KEYS.CALLS_OK),
        row.get(API_KEYS.TOKENS),
        row.get(API_KEYS.COST),
        row.get(API_KEYS.SECRET_VERSION));
  }

  private static LockedKey lockedKey(Record row) {
    var key =
        new LockedKey.Row(
            row.get(API_KEYS.ID),
            new PoolId(row.get(API_KEYS.WORKSPACE_ID), row.get(API_KEYS.PROVIDER)),
            KeyStatus.of(row.get(API_KEYS.STATUS)),
            row.get(API_KEYS.STATUS_SINCE),
            row.get(API_KEYS.ACCOUNT),
            row.get(API_KEYS.SECRET_VERSION),
            row.get(API_KEYS.LAST_TESTED_AT) == null ? row.get(API_KEYS.SECRET_REPLACED_AT) : null);
    var state =
        new KeyState(
            row.get(API_KEYS.ENABLED),
            failure(row.get(API_KEYS.FAILURE)),
            limits(row.get(API_KEYS.LIMITS)),
            backoffSteps(row.get(API_KEYS.BACKOFF_STEPS)));
    return new LockedKey(
        key,
        state,
        ModelClass.valueOf(row.get(POOLS.TEXT_CLASS).toUpperCase(Locale.ROOT)),
        key.account(),
        "typed".equals(row.get(API_KEYS.ACCOUNT_SOURCE)));
  }

  private static @Nullable KeyReason reason(@Nullable String code) {
    return code == null ? null : KeyReason.of(code);
  }

  private static List<Limit> limits(JSONB json) {
    return json.data().equals(NO_LIMITS.data()) ? List.of() : Json.read(json.data(), LIMITS);
  }

  private static Map<KeyReason, Integer> backoffSteps(JSONB json) {
    return json.data().equals(NO_STEPS.data()) ? Map.of() : Json.read(json.data(), BACKOFF_STEPS);
  }

  private static @Nullable Failure failure(@Nullable JSONB json) {
    return json == null ? null : Json.read(json, Failure.class);
  }
}
