package dev.keywheel.recovery.store;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.unnest;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.TestReason;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Records;
import org.jooq.Select;
import org.jooq.SelectField;
import org.jspecify.annotations.Nullable;

/** The table of tests: the keys of each batch and their results. */
public final class KeyTestRepository {
  /** Assumed maximum duration of a batch; limits the search for batches by their start. */
  private static final Duration LONGEST_BATCH = Duration.ofHours(1);

  static final List<SelectField<?>> RESULT =
      List.of(
          KEY_TESTS.KEY_ID,
          API_KEYS.NAME,
          KEY_TESTS.FROM_STATUS,
          KEY_TESTS.RESULT,
          KEY_TESTS.REASON,
          KEY_TESTS.LIMITED_UNTIL,
          KEY_TESTS.EVIDENCE,
          KEY_TESTS.LATENCY_MS,
          KEY_TESTS.ENDED_AT);

  /**
   * The given keys that can be tested: those in this pool that are neither disabled nor deleted.
   */
  public List<KeyToTest> candidates(Tx tx, PoolId pool, Collection<UUID> keys) {
    return tx.dsl()
        .select(
            API_KEYS.ID,
            API_KEYS.NAME,
            API_KEYS.ACCOUNT,
            API_KEYS.STATUS.convertFrom(KeyStatus::of),
            API_KEYS.SECRET_VERSION)
        .from(API_KEYS)
        .where(
            Ids.isAmong(API_KEYS.ID, keys),
            API_KEYS.WORKSPACE_ID.eq(pool.workspaceId()),
            API_KEYS.PROVIDER.eq(pool.provider()),
            API_KEYS.STATUS.ne(KeyStatus.DISABLED.code()),
            API_KEYS.DELETED_AT.isNull())
        .orderBy(API_KEYS.ADDED_SEQ)
        .fetch(Records.mapping(KeyToTest::new));
  }

  /** Adds the keys that the batch does not contain yet; returns their number. */
  public int add(Tx tx, UUID recovery, List<UUID> keys, Instant at) {
    int added =
        tx.dsl()
            .insertInto(
                KEY_TESTS,
                KEY_TESTS.RECOVERY_ID,
                KEY_TESTS.KEY_ID,
                KEY_TESTS.ASKED_AT,
                KEY_TESTS.FROM_STATUS)
            .select(
                select(val(recovery), API_KEYS.ID, val(at), API_KEYS.STATUS)
                    .from(API_KEYS)
                    .where(Ids.isAmong(API_KEYS.ID, keys)))
            .onConflictDoNothing()
            .execute();
    tx.dsl()
        .update(RECOVERIES)
        .set(RECOVERIES.TOTAL, RECOVERIES.TOTAL.plus(added))
        .where(RECOVERIES.ID.eq(recovery))
        .execute();
    return added;
  }

  /**
   * Removes the results of keys whose secret was replaced after their test was requested, and all
   * results of the keys if {@code all}; the keys are then tested again. With a new secret, a key
   * starts from its current status. Each key is found through the index on {@code (recovery_id,
   * key_id)}, even while the planner assumes an empty table. The caller must hold the lock of the
   * batch, because rows are updated by their physical location ({@code ctid}).
   */
  public void dropOutdated(Tx tx, UUID recovery, List<UUID> keys, boolean all, Instant at) {
    int dropped =
        tx.dsl()
            .execute(
                """
                update key_tests
                   set result = null, reason = null, evidence = null, latency_ms = null,
                       limited_until = null, ended_at = null, asked_at = {0},
                       from_status = coalesce(
                         (select k.status from api_keys k
                           where k.id = key_tests.key_id
                             and k.secret_replaced_at >= key_tests.asked_at),
                         from_status)
                 where ctid = any(array(
                   select test.ctid
                     from unnest({1}::uuid[]) given(id)
                     cross join lateral (
                       select ctid, asked_at, result from key_tests
                        where recovery_id = any(array[{2}]) and key_id = any(array[given.id])
                        order by recovery_id, key_id limit 1) test
                     cross join lateral (
                       select secret_replaced_at from api_keys where id = given.id offset 0) key
                    where key.secret_replaced_at >= test.asked_at
                       or ({3} and test.result is not null)))
                """,
                val(at), val(keys.toArray(UUID[]::new)), val(recovery), val(all));
    if (dropped > 0) {
      ResultRows.recount(tx, recovery);
    }
  }

  /** Whether a key other than {@code besides} has no result. */
  public boolean anyWaiting(DSLContext dsl, UUID recovery, Collection<UUID> besides) {
    var given = unnest(val(besides.toArray(UUID[]::new))).as("given", "id");
    return dsl.fetchExists(
        selectOne()
            .from(KEY_TESTS)
            .where(KEY_TESTS.RECOVERY_ID.eq(recovery), KEY_TESTS.RESULT.isNull())
            .andNotExists(
                selectOne()
                    .from(given)
                    .where(field(name("given", "id"), UUID.class).eq(KEY_TESTS.KEY_ID))));
  }

  /** The first keys without a result, in the order of their ids, after the id {@code after}. */
  public List<KeyToTest> waiting(DSLContext dsl, UUID recovery, UUID after, int limit) {
    return dsl.select(
            KEY_TESTS.KEY_ID,
            API_KEYS.NAME,
            API_KEYS.ACCOUNT,
            KEY_TESTS.FROM_STATUS.convertFrom(KeyStatus::of),
            API_KEYS.SECRET_VERSION)
        .from(KEY_TESTS)
        .join(API_KEYS)
        .on(API_KEYS.ID.eq(KEY_TESTS.KEY_ID))
        .where(KEY_TESTS.RECOVERY_ID.eq(recovery), KEY_TESTS.RESULT.isNull())
        .and(KEY_TESTS.KEY_ID.gt(after))
        .and(API_KEYS.ID.gt(after)) // in case the planner reads the keys first
        .orderBy(KEY_TESTS.KEY_ID)
        .limit(limit)
        .fetch(Records.mapping(KeyToTest::new));
  }

  /**
   * Marks the only test of a batch as a deep test.
   *
   * @param usage null while unknown
   */
  public void markDeep(Tx tx, UUID recovery, String model, @Nullable Usage usage) {
    tx.dsl()
        .update(KEY_TESTS)
        .set(KEY_TESTS.KIND, "deep")
        .set(KEY_TESTS.MODEL, model)
        .set(
            KEY_TESTS.TOKENS,
            usage == null ? null : (Integer) (usage.promptTokens() + usage.completionTokens()))
        .set(KEY_TESTS.COST, usage == null ? null : usage.cost())
        .where(KEY_TESTS.RECOVERY_ID.eq(recovery))
        .execute();
  }

  /** Sets the result of each key without a result. */
  public void fillWaiting(
      Tx tx, UUID recovery, TestOutcome outcome, @Nullable TestReason reason, Instant at) {
    tx.dsl()
        .update(KEY_TESTS)
        .set(KEY_TESTS.RESULT, outcome.code())
        .set(KEY_TESTS.REASON, reason == null ? null : reason.code())
        .set(KEY_TESTS.ENDED_AT, at)
        .where(KEY_TESTS.RECOVERY_ID.eq(recovery), KEY_TESTS.RESULT.isNull())
        .execute();
  }

  /**
   * The keys that a batch could not test and that no later test has tested; none of an archived
   * workspace.
   */
  public List<UUID> untested(DSLContext dsl, UUID recovery) {
    return dsl.select(KEY_TESTS.KEY_ID)
        .from(KEY_TESTS)
        .join(API_KEYS)
        .on(API_KEYS.ID.eq(KEY_TESTS.KEY_ID))
        .where(
            KEY_TESTS.RECOVERY_ID.eq(recovery),
            KEY_TESTS.RESULT.eq(TestOutcome.UNKNOWN.code()),
            API_KEYS.WORKSPACE_ID.notIn(WorkspaceIds.archived()),
            coalesce(API_KEYS.LAST_TESTED_AT, KEY_TESTS.ASKED_AT).le(KEY_TESTS.ENDED_AT))
        .orderBy(API_KEYS.ADDED_SEQ)
        .fetch(KEY_TESTS.KEY_ID);
  }

  /** Selects the pool's keys tested since {@code since} for a low pool or by due checks. */
  public Select<Record1<UUID>> retested(PoolId pool, Instant since) {
    return select(KEY_TESTS.KEY_ID)
        .from(RECOVERIES)
        .join(KEY_TESTS)
        .on(KEY_TESTS.RECOVERY_ID.eq(RECOVERIES.ID))
        .where(
            RECOVERIES.WORKSPACE_ID.eq(pool.workspaceId()),
            RECOVERIES.PROVIDER.eq(pool.provider()),
            RECOVERIES.TRIGGER.in(Trigger.LOW_POOL.code(), Trigger.DUE_CHECK.code()),
            RECOVERIES.STARTED_AT.gt(since.minus(LONGEST_BATCH)),
            KEY_TESTS.ENDED_AT.gt(since));
  }

  /** Like {@link #of}, but only for keys with a result. */
  public List<KeyTestResult> ended(DSLContext dsl, UUID recovery, Collection<UUID> keys) {
    return of(dsl, recovery, keys, KEY_TESTS.RESULT.isNotNull());
  }

  /** The tests of these keys in a batch, in the order in which they ended. */
  public List<KeyTestResult> of(DSLContext dsl, UUID recovery, Collection<UUID> keys) {
    return of(dsl, recovery, keys, noCondition());
  }

  /** Reads results without evidence, which a waiting caller does not need. */
  private static List<KeyTestResult> of(
      DSLContext dsl, UUID recovery, Collection<UUID> keys, Condition which) {
    return dsl.select(
            KEY_TESTS.KEY_ID,
            API_KEYS.NAME,
            KEY_TESTS.FROM_STATUS,
            KEY_TESTS.RESULT,
            KEY_TESTS.REASON,
            KEY_TESTS.LIMITED_UNTIL,
            KEY_TESTS.LATENCY_MS,
            KEY_TESTS.ENDED_AT)
        .from(KEY_TESTS)
        .join(API_KEYS)
        .on(API_KEYS.ID.eq(KEY_TESTS.KEY_ID))
        .where(KEY_TESTS.RECOVERY_ID.eq(recovery), Ids.isAmong(KEY_TESTS.KEY_ID, keys), which)
        .orderBy(KEY_TESTS.ENDED_AT.nullsLast(), API_KEYS.ADDED_SEQ)
        .fetch(r -> result(r, null));
  }

  static KeyTestResult result(Record r) {
    var evidence = r.get(KEY_TESTS.EVIDENCE);
    return result(r, evidence == null ? null : Json.read(evidence, Evidence.class));
  }

  private static KeyTestResult result(Record r, @Nullable Evidence evidence) {
    var result = r.get(KEY_TESTS.RESULT);
    var reason = r.get(KEY_TESTS.REASON);
    return new KeyTestResult(
        r.get(KEY_TESTS.KEY_ID),
        r.get(API_KEYS.NAME),
        KeyStatus.of(r.get(KEY_TESTS.FROM_STATUS)),
        result == null ? null : TestOutcome.of(result),
        reason == null ? null : TestReason.find(reason).orElse(null),
        r.get(KEY_TESTS.LIMITED_UNTIL),
        evidence,
        r.get(KEY_TESTS.LATENCY_MS),
        r.get(KEY_TESTS.ENDED_AT));
  }
}
