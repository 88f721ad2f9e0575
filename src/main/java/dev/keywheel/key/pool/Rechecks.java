package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.WorkspaceIds;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record1;
import org.jooq.Select;

/** Finds the keys to check again and the times of their checks. */
public final class Rechecks {
  private static final Condition NOT_USABLE =
      API_KEYS.STATUS.in(KeyStatus.RATE_LIMITED.code(), KeyStatus.FAILED.code());

  private final Database database;
  private final InstantSource clock;

  Rechecks(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /** A key with a check due at {@code at}. Its present status began at {@code since}. */
  public record DueCheck(PoolId pool, UUID keyId, Instant at, Instant since) {}

  /**
   * Keys whose check is due: at most {@code limit} of each pool, those that became due first.
   * Leaves out disabled keys and the keys of paused pools, busy pools and archived workspaces.
   *
   * @param busy pools to leave out, such as those in which a batch is tested
   */
  public List<DueCheck> findDue(Instant now, int limit, Set<PoolId> busy) {
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
    return database.read(
        dsl ->
            dsl.select(
                    POOLS.WORKSPACE_ID,
                    POOLS.PROVIDER,
                    due.field(API_KEYS.ID),
                    due.field(API_KEYS.CHECK_DUE),
                    due.field(API_KEYS.STATUS_SINCE))
                .from(POOLS)
                .crossJoin(due)
                .where(POOLS.PAUSED_UNTIL.isNull().or(POOLS.PAUSED_UNTIL.le(now)))
                .and(POOLS.WORKSPACE_ID.notIn(WorkspaceIds.archived()))
                .and(
                    row(POOLS.WORKSPACE_ID, POOLS.PROVIDER)
                        .notIn(busy.stream().map(p -> row(p.workspaceId(), p.provider())).toList()))
                .fetch(
                    row ->
                        new DueCheck(
                            new PoolId(row.value1(), row.value2()),
                            row.value3(),
                            row.value4(),
                            row.value5())));
  }

  /** The earliest end of a limit that decides a key's status; empty when no key is limited. */
  public Optional<Instant> findFirstLimitEnd(PoolId pool) {
    return database.read(
        dsl ->
            dsl.select(firstLimitEnd(KeyRepository.inPool(pool))).fetchOptional(Record1::value1));
  }

  /** The earliest end of a limit of the keys of a pool, as a subquery; null if none is limited. */
  public static Field<Instant> firstLimitEnd(Condition ofPool) {
    return field(
        select(API_KEYS.UNTIL)
            .from(API_KEYS)
            .where(ofPool)
            .and(API_KEYS.DELETED_AT.isNull())
            .and(API_KEYS.STATUS.eq(inline(KeyStatus.RATE_LIMITED.code())))
            .orderBy(API_KEYS.UNTIL)
            .limit(inline(1)));
  }

  /** The first limited and failed keys in rotation order; {@code without} selects ids to skip. */
  public List<UUID> findTestableIds(Tx tx, PoolId pool, Select<Record1<UUID>> without, int limit) {
    return tx.dsl()
        .select(API_KEYS.ID)
        .from(API_KEYS)
        .join(ROTATION_ORDER)
        .on(ROTATION_ORDER.KEY_ID.eq(API_KEYS.ID))
        .where(KeyRepository.inPool(pool), NOT_USABLE, API_KEYS.ID.notIn(without))
        .orderBy(KeyRotation.ORDER)
        .limit(limit)
        .fetch(API_KEYS.ID);
  }

  /** The limited and failed keys whose checks are due first. */
  public List<ApiKey> findTestable(PoolId pool, int limit) {
    return database.read(
        dsl ->
            dsl.select(KeyRepository.COLUMNS)
                .from(API_KEYS)
                .where(KeyRepository.inPool(pool), NOT_USABLE, API_KEYS.CHECK_DUE.isNotNull())
                .orderBy(API_KEYS.CHECK_DUE)
                .limit(limit)
                .fetch(KeyRepository::key));
  }

  /**
   * Postpones the checks of failed keys that a cancelled batch did not test to 15 minutes from now,
   * because the user who cancelled it does not want them repeated immediately.
   */
  public void postponeCancelled(Tx tx, UUID recovery) {
    tx.dsl()
        .execute(
            """
            with locked as materialized (
              select k.id from key_tests t join api_keys k on k.id = t.key_id
               where t.recovery_id = {0} and t.result = 'cancelled'
                 and k.status = 'failed' and k.check_due < {1} + interval '15 minutes'
               order by k.id for no key update of k)
            update api_keys k set check_due = {1} + interval '15 minutes'
              from locked where k.id = locked.id
            """,
            val(recovery), val(clock.instant()));
  }
}
