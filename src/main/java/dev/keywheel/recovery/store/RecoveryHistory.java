package dev.keywheel.recovery.store;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;

import dev.keywheel.db.Database;
import dev.keywheel.db.StoredEnum;
import dev.keywheel.key.search.KeyTestOutcomeFilter;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.problem.NotFound;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SortField;
import org.jspecify.annotations.Nullable;

/** Reads batches and their tests for pages. */
public final class RecoveryHistory {
  private static final Field<Integer> TOTAL =
      RECOVERIES.TOTAL.plus(BatchSelectionRepository.REMAINING);

  private final Database database;

  public RecoveryHistory(Database database) {
    this.database = database;
  }

  /** The position of a batch in the history; a page lists the batches before it. */
  public record Position(Instant startedAt, UUID id) {}

  /** The running batches, at most one for each pool. */
  public List<Batch> running(UUID workspace) {
    return batches(workspace, RECOVERIES.STATE.eq(BatchState.RUNNING.code()), 100);
  }

  /** The newest ended batches, or the newest ones before {@code before}. */
  public List<Batch> ended(UUID workspace, @Nullable Position before, int limit) {
    var position =
        before == null
            ? noCondition()
            : row(RECOVERIES.STARTED_AT, RECOVERIES.ID).lt(before.startedAt(), before.id());
    return batches(workspace, RECOVERIES.STATE.ne(BatchState.RUNNING.code()).and(position), limit);
  }

  /**
   * @throws NotFound when the workspace has no such batch
   */
  public Batch get(UUID workspace, UUID id) {
    return batches(workspace, RECOVERIES.ID.eq(id), 1).stream()
        .findFirst()
        .orElseThrow(() -> new NotFound("There is no such test."));
  }

  /** Like {@link #get}, but empty when the workspace has no such batch. */
  public Optional<Batch> find(UUID workspace, UUID id) {
    return batches(workspace, RECOVERIES.ID.eq(id), 1).stream().findFirst();
  }

  /** The running test of each key; without one, its last test that ended since {@code since}. */
  public Map<UUID, KeyTestResult> recent(Collection<UUID> keys, Instant since) {
    return database.read(dsl -> recent(dsl, keys, since));
  }

  /** Avoids a join with batches, which would run first while the planner expects empty tables. */
  static Map<UUID, KeyTestResult> recent(DSLContext dsl, Collection<UUID> keys, Instant since) {
    var ended = KEY_TESTS.ENDED_AT;
    var running =
        selectOne()
            .from(RECOVERIES)
            .where(RECOVERIES.ID.eq(KEY_TESTS.RECOVERY_ID), RECOVERIES.ENDED_AT.isNull());
    var last =
        select(KEY_TESTS.asterisk())
            .distinctOn(KEY_TESTS.KEY_ID)
            .from(KEY_TESTS)
            .where(KEY_TESTS.KEY_ID.eq(any(keys.toArray(UUID[]::new))))
            .and(ended.ge(since).or(ended.isNull().and(exists(running))))
            .orderBy(KEY_TESTS.KEY_ID, ended.desc().nullsFirst())
            .asTable(KEY_TESTS);
    return dsl.select(KeyTestRepository.RESULT)
        .from(last)
        .join(API_KEYS)
        .on(API_KEYS.ID.eq(KEY_TESTS.KEY_ID))
        .fetchMap(KEY_TESTS.KEY_ID, KeyTestRepository::result);
  }

  /**
   * The tests of a batch after a key, in the order of the keys' ids, which is roughly the order in
   * which the keys were added.
   */
  public List<KeyTestResult> tests(
      UUID recovery, @Nullable KeyTestOutcomeFilter as, UUID after, int limit) {
    return database.read(dsl -> tests(dsl, recovery, as, after, limit));
  }

  /** Applies the bound to both tables, because the planner may read either in this order. */
  static List<KeyTestResult> tests(
      DSLContext dsl, UUID recovery, @Nullable KeyTestOutcomeFilter as, UUID after, int limit) {
    return results(
        dsl,
        and(
            KEY_TESTS.RECOVERY_ID.eq(recovery),
            KEY_TESTS.KEY_ID.gt(after),
            API_KEYS.ID.gt(after),
            as == null ? noCondition() : as.rows()),
        List.of(KEY_TESTS.KEY_ID.asc()),
        limit);
  }

  /** The newest results of a batch, followed by waiting keys if there is room. */
  public List<KeyTestResult> latest(UUID recovery, int limit) {
    var inBatch = KEY_TESTS.RECOVERY_ID.eq(recovery);
    var latest =
        new ArrayList<>(
            results(
                inBatch.and(KEY_TESTS.ENDED_AT.isNotNull()),
                List.of(KEY_TESTS.ENDED_AT.desc(), KEY_TESTS.KEY_ID.asc()),
                limit));
    if (latest.size() < limit) {
      latest.addAll(
          results(
              inBatch.and(KEY_TESTS.RESULT.isNull()),
              List.of(KEY_TESTS.KEY_ID.asc()),
              limit - latest.size()));
    }
    return latest;
  }

  private List<KeyTestResult> results(Condition which, List<SortField<?>> order, int limit) {
    return database.read(dsl -> results(dsl, which, order, limit));
  }

  private static List<KeyTestResult> results(
      DSLContext dsl, Condition which, List<SortField<?>> order, int limit) {
    return dsl.select(KeyTestRepository.RESULT)
        .from(KEY_TESTS)
        .join(API_KEYS)
        .on(API_KEYS.ID.eq(KEY_TESTS.KEY_ID))
        .where(which)
        .orderBy(order)
        .limit(limit)
        .fetch(KeyTestRepository::result);
  }

  private List<Batch> batches(UUID workspace, Condition which, int limit) {
    return database.read(
        dsl ->
            dsl.select(RECOVERIES.fields())
                .select(TOTAL)
                .from(RECOVERIES)
                .where(RECOVERIES.WORKSPACE_ID.eq(workspace), which)
                .orderBy(RECOVERIES.STARTED_AT.desc(), RECOVERIES.ID.desc())
                .limit(limit)
                .fetch(RecoveryHistory::batch));
  }

  private static Batch batch(Record r) {
    return new Batch(
        r.get(RECOVERIES.ID),
        new PoolId(r.get(RECOVERIES.WORKSPACE_ID), r.get(RECOVERIES.PROVIDER)),
        StoredEnum.of(Trigger.class, r.get(RECOVERIES.TRIGGER)),
        r.get(RECOVERIES.ASKED_BY_NAME),
        r.get(RECOVERIES.RUN_ID),
        StoredEnum.of(BatchState.class, r.get(RECOVERIES.STATE)),
        r.get(RECOVERIES.STARTED_AT),
        r.get(RECOVERIES.ENDED_AT),
        new BatchCounts(
            r.get(TOTAL),
            r.get(RECOVERIES.TESTED),
            r.get(RECOVERIES.RECOVERED),
            r.get(RECOVERIES.STILL_ACTIVE),
            r.get(RECOVERIES.STILL_LIMITED),
            r.get(RECOVERIES.STILL_FAILED),
            r.get(RECOVERIES.UNKNOWN),
            r.get(RECOVERIES.CANCELLED),
            r.get(RECOVERIES.NEWLY_LIMITED),
            r.get(RECOVERIES.NEWLY_FAILED)),
        r.get(RECOVERIES.SLOWEST_MS),
        r.get(RECOVERIES.REASON));
  }
}
