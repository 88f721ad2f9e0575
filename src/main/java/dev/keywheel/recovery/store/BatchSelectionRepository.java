package dev.keywheel.recovery.store;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BATCH_SELECTIONS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.defaultValue;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.or;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.sum;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.WorkspaceIds;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;

/**
 * Selections of keys that a batch will test but does not contain yet. Each row has a filter and the
 * last key that was read, so that one short transaction can request a batch of any size.
 */
public final class BatchSelectionRepository {
  /** Maximum number of keys that are tested for one run. */
  public static final int MAX_FOR_RUN = 5_000;

  /** Maximum number of keys that are added in each transaction after the request. */
  private static final int NEXT_PART = 2_000;

  private static final UUID START = new UUID(0, 0);

  /** Maximum number of keys added with the request; their checks start as soon as it commits. */
  private static final int FIRST_PART = 500;

  private final int first;
  private final int part;
  private final KeyTestRepository tests = new KeyTestRepository();

  public BatchSelectionRepository() {
    this(FIRST_PART, NEXT_PART);
  }

  /**
   * @param part maximum number of keys that are added in one transaction
   */
  public BatchSelectionRepository(int part) {
    this(part, part);
  }

  private BatchSelectionRepository(int first, int part) {
    this.first = first;
    this.part = part;
  }

  /**
   * Number of keys that are selected for the running batch of the outer query and not added to it
   * yet; 0 for an inconclusive batch, whose retry adds them.
   */
  static final Field<Integer> REMAINING =
      field(
          select(coalesce(sum(BATCH_SELECTIONS.REMAINING), inline(0)).cast(Integer.class))
              .from(BATCH_SELECTIONS)
              .where(
                  BATCH_SELECTIONS.RECOVERY_ID.eq(RECOVERIES.ID),
                  RECOVERIES.STATE.eq(inline(BatchState.RUNNING.code()))));

  /**
   * Adds the first part of the keys, and stores the selection when there are more.
   *
   * @param keys number of selected keys
   */
  public void add(
      Tx tx, UUID recovery, PoolId pool, BatchSelection selection, int keys, Instant now) {
    var read = read(tx, pool, selection, START, first);
    int added = addTests(tx, recovery, read, now);
    if (read.size() == first) {
      store(tx, recovery, selection, Math.max(0, keys - added), read.getLast());
    }
  }

  /**
   * Stores a selection for a running batch, which adds its keys after its other selections.
   *
   * @param missing number of selected keys that the batch neither contains nor will add
   */
  public void addLater(Tx tx, UUID recovery, BatchSelection selection, int missing) {
    store(tx, recovery, selection, missing, START);
  }

  private static void store(
      Tx tx, UUID recovery, BatchSelection selection, int remaining, UUID after) {
    tx.dsl()
        .insertInto(BATCH_SELECTIONS)
        .set(BATCH_SELECTIONS.RECOVERY_ID, recovery)
        .set(BATCH_SELECTIONS.SELECTION, Json.jsonb(selection))
        .set(BATCH_SELECTIONS.REMAINING, remaining)
        .set(BATCH_SELECTIONS.AFTER_KEY, after)
        .execute();
  }

  public boolean any(DSLContext dsl, UUID recovery) {
    return dsl.fetchExists(BATCH_SELECTIONS, BATCH_SELECTIONS.RECOVERY_ID.eq(recovery));
  }

  /**
   * A part of a selection that was added to a batch.
   *
   * @param after the ids of all keys of the part are greater than this id
   */
  public record Part(UUID after, int added) {}

  /**
   * Adds the next part of the batch's oldest selection; empty when the batch has no selection. The
   * caller must hold the lock of the batch.
   */
  public Optional<Part> addNext(Tx tx, UUID recovery, PoolId pool, Instant now) {
    return tx.dsl()
        .selectFrom(BATCH_SELECTIONS)
        .where(BATCH_SELECTIONS.RECOVERY_ID.eq(recovery))
        .orderBy(BATCH_SELECTIONS.ID)
        .limit(1)
        .fetchOptional()
        .map(
            row -> {
              var selection = Json.read(row.getSelection(), BatchSelection.class);
              var after = row.getAfterKey();
              var next = read(tx, pool, selection, after, part);
              int added = addTests(tx, recovery, next, now);
              if (next.size() < part) {
                row.delete();
              } else {
                row.setAfterKey(next.getLast());
                row.setRemaining(Math.max(0, row.getRemaining() - added));
                row.update();
              }
              return new Part(after, added);
            });
  }

  /** Adds keys. Keys that the batch tested before their secret was replaced are tested again. */
  private int addTests(Tx tx, UUID recovery, List<UUID> keys, Instant now) {
    tests.dropOutdated(tx, recovery, keys, false, now);
    return tests.add(tx, recovery, keys, now);
  }

  /** Number of selected keys that were not added to the batch. */
  public int remaining(Tx tx, UUID recovery) {
    return tx
        .dsl()
        .select(BATCH_SELECTIONS.REMAINING)
        .from(BATCH_SELECTIONS)
        .where(BATCH_SELECTIONS.RECOVERY_ID.eq(recovery))
        .fetch(BATCH_SELECTIONS.REMAINING)
        .stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  public void drop(Tx tx, UUID recovery) {
    tx.dsl()
        .deleteFrom(BATCH_SELECTIONS)
        .where(BATCH_SELECTIONS.RECOVERY_ID.eq(recovery))
        .execute();
  }

  /**
   * Moves the selections of an ended batch to a running batch.
   *
   * @param joined whether the running batch has other keys, maybe the same ones. Then the moved
   *     selections come last, and each of their keys counts only when it is added
   */
  public void move(Tx tx, UUID ended, UUID running, boolean joined) {
    tx.dsl()
        .update(BATCH_SELECTIONS)
        .set(BATCH_SELECTIONS.ID, defaultValue(BATCH_SELECTIONS.ID))
        .set(BATCH_SELECTIONS.RECOVERY_ID, running)
        .set(BATCH_SELECTIONS.REMAINING, joined ? inline(0) : BATCH_SELECTIONS.REMAINING)
        .where(BATCH_SELECTIONS.RECOVERY_ID.eq(ended))
        .execute();
  }

  /** Whether the batch's selections have more keys; never in an archived workspace. */
  public boolean anyKey(Tx tx, PoolId pool, UUID recovery) {
    return any(tx.dsl(), recovery)
        && tx.dsl()
            .fetchExists(
                API_KEYS,
                willAdd(tx, recovery, pool),
                API_KEYS.WORKSPACE_ID.notIn(WorkspaceIds.archived()));
  }

  /**
   * The number of selected keys that the pool's running batch neither contains nor will add; empty
   * if no batch is running.
   */
  public OptionalInt countMissing(Tx tx, PoolId pool, BatchSelection selection) {
    return BatchRepository.findRunning(tx.dsl(), pool).stream()
        .mapToInt(
            batch -> {
              var missing = selection.in(pool).andNot(willAdd(tx, batch, pool));
              return countNotIn(tx, batch, missing);
            })
        .findFirst();
  }

  private static int countNotIn(Tx tx, UUID recovery, Condition keys) {
    var contained =
        selectOne()
            .from(KEY_TESTS)
            .where(KEY_TESTS.RECOVERY_ID.eq(recovery), KEY_TESTS.KEY_ID.eq(API_KEYS.ID));
    return tx.dsl().fetchCount(API_KEYS, keys.andNotExists(contained));
  }

  private static Condition willAdd(Tx tx, UUID recovery, PoolId pool) {
    var stored =
        tx.dsl()
            .selectFrom(BATCH_SELECTIONS)
            .where(BATCH_SELECTIONS.RECOVERY_ID.eq(recovery))
            .fetch();
    var selected =
        stored.map(
            row ->
                Json.read(row.getSelection(), BatchSelection.class)
                    .in(pool)
                    .and(API_KEYS.ID.gt(row.getAfterKey())));
    return condition(coalesce(field(or(selected)), inline(false)));
  }

  /** The number of selected keys of the pool, by their current status. */
  public Map<KeyStatus, Integer> countByStatus(Tx tx, PoolId pool, BatchSelection selection) {
    return tx.dsl()
        .select(API_KEYS.STATUS, count())
        .from(API_KEYS)
        .where(selection.in(pool))
        .groupBy(API_KEYS.STATUS)
        .fetchMap(row -> KeyStatus.of(row.value1()), row -> row.value2());
  }

  private List<UUID> read(Tx tx, PoolId pool, BatchSelection selection, UUID after, int limit) {
    return tx.dsl()
        .select(API_KEYS.ID)
        .from(API_KEYS)
        .where(selection.in(pool), API_KEYS.ID.gt(after))
        .orderBy(API_KEYS.ID)
        .limit(limit)
        .fetch(API_KEYS.ID);
  }
}
