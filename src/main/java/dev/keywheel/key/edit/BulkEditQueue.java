package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_EXCLUSIONS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_KEYS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.BulkEditsRecord;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.people.identity.Principal;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record3;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;

/**
 * The queue of the changes that {@link BulkEditWorker} applies in parts. The changes of one
 * workspace are applied one at a time, in the order of their confirmation. A key is pinned for a
 * change while its id is stored in {@code bulk_edit_keys}.
 */
final class BulkEditQueue {
  private final Jobs jobs;
  private final InstantSource clock;
  private final int partSize;

  /**
   * @param partSize the maximum number of keys per transaction
   */
  BulkEditQueue(Jobs jobs, InstantSource clock, int partSize) {
    this.jobs = jobs;
    this.clock = clock;
    this.partSize = partSize;
  }

  int partSize() {
    return partSize;
  }

  /**
   * Whether the job must apply a change of these keys, because one part cannot hold all of them.
   */
  boolean mustQueue(DSLContext dsl, Condition which) {
    return mustQueue(dsl, select(API_KEYS.ID).from(API_KEYS).where(which));
  }

  boolean mustQueue(DSLContext dsl, Select<?> keys) {
    return dsl.fetchCount(selectOne().from(keys.asTable("keys")).limit(partSize + 1)) > partSize;
  }

  /**
   * Pins the keys, then locks the pools and queues the change. The caller need not hold these
   * locks, but must call {@link Jobs#nudge} after the commit.
   *
   * @param keys a query with the column {@code id}
   * @return the number of pinned keys
   */
  int begin(Tx tx, Principal who, UUID id, KeyChange change, Select<?> keys) {
    var chosen = keys.asTable("chosen");
    int pinned =
        tx.dsl()
            .insertInto(BULK_EDIT_KEYS, BULK_EDIT_KEYS.EDIT_ID, BULK_EDIT_KEYS.KEY_ID)
            .select(select(val(id), chosen.field(API_KEYS.ID)).from(chosen))
            .execute();
    PoolRepository.lockAll(tx, who.workspaceId());
    insert(tx, who, id, change, pinned, null);
    return pinned;
  }

  /**
   * Queues the undo of a change or a deletion; the job finds the keys. The caller holds the locks
   * of the pools and must call {@link Jobs#nudge} after the commit.
   */
  void beginUndo(Tx tx, Principal who, UUID id, KeyChange inverse, UUID undoes) {
    insert(tx, who, id, inverse, 0, undoes);
  }

  private void insert(
      Tx tx, Principal who, UUID id, KeyChange change, int total, @Nullable UUID undoes) {
    tx.dsl()
        .insertInto(BULK_EDITS)
        .set(BULK_EDITS.ID, id)
        .set(BULK_EDITS.WORKSPACE_ID, who.workspaceId())
        .set(BULK_EDITS.KIND, change.kind().code())
        .set(BULK_EDITS.VALUE, change.value())
        .set(BULK_EDITS.TOTAL, total)
        .set(BULK_EDITS.UNDOES, undoes)
        .set(BULK_EDITS.COUNTED, undoes == null)
        .set(BULK_EDITS.ACTOR, who.email())
        .set(BULK_EDITS.ACTOR_ID, who.userId())
        .set(BULK_EDITS.CONFIRMED_AT, clock.instant())
        .execute();
    jobs.wake(tx, BulkEditWorker.JOB, who.workspaceId().toString(), clock.instant());
  }

  /** Selects the first pinned keys of a change, one more than an audit entry names. */
  static Select<Record3<UUID, String, Long>> firstKeys(UUID id) {
    var first =
        select(BULK_EDIT_KEYS.KEY_ID)
            .from(BULK_EDIT_KEYS)
            .where(BULK_EDIT_KEYS.EDIT_ID.eq(id))
            .orderBy(BULK_EDIT_KEYS.EDIT_ID, BULK_EDIT_KEYS.KEY_ID)
            .limit(KeyAuditTrail.MAX_NAMED + 1);
    return KeyAuditTrail.keys(API_KEYS.ID.eq(any(array(first))));
  }

  /**
   * Cancels a change: keys that the job has not reached keep their values. The caller holds the
   * locks of the pools.
   *
   * @return the number of keys not reached, without those that a later change has replaced; 0 when
   *     the change is not in progress
   */
  static int cancel(Tx tx, UUID workspace, UUID id) {
    var pinned =
        selectCount()
            .from(BULK_EDIT_KEYS)
            .where(BULK_EDIT_KEYS.EDIT_ID.eq(id), BULK_EDIT_KEYS.KEY_ID.gt(BULK_EDITS.AFTER_KEY));
    return tx.dsl()
        .update(BULK_EDITS)
        .set(BULK_EDITS.CANCELLED, true)
        .where(BULK_EDITS.ID.eq(id), BULK_EDITS.WORKSPACE_ID.eq(workspace))
        .and(BULK_EDITS.CANCELLED.isFalse())
        .returningResult(field(pinned))
        .fetchOptional(0, Integer.class)
        .orElse(0);
  }

  /** Whether a job still has to undo this change or deletion. */
  static boolean isUndoInProgress(DSLContext dsl, UUID workspace, UUID change) {
    return dsl.fetchExists(
        BULK_EDITS,
        BULK_EDITS.WORKSPACE_ID.eq(workspace),
        BULK_EDITS.UNDOES.eq(change),
        BULK_EDITS.CANCELLED.isFalse());
  }

  /**
   * Removes the matching keys from the changes in progress that would overwrite {@code change},
   * which the caller applies in the same transaction.
   */
  static void replace(Tx tx, UUID workspace, KeyChange change, Condition which) {
    var keys = select(API_KEYS.ID).from(API_KEYS).where(which);
    for (var earlier : replaced(tx.dsl(), workspace, change)) {
      if (earlier.getUndoes() == null) {
        tx.dsl()
            .deleteFrom(BULK_EDIT_KEYS)
            .where(BULK_EDIT_KEYS.EDIT_ID.eq(earlier.getId()), BULK_EDIT_KEYS.KEY_ID.in(keys))
            .execute();
      } else {
        exclude(tx, earlier, which);
      }
    }
  }

  /**
   * Excludes the matching keys, even if they already have the value of {@code made}, from the undos
   * that were confirmed after {@code made} and would overwrite it.
   */
  static void excludeFromLaterUndos(Tx tx, BulkEditsRecord made, Condition which) {
    for (var undo : replaced(tx.dsl(), made.getWorkspaceId(), change(made))) {
      if (undo.getUndoes() != null && undo.getSeq() > made.getSeq()) {
        exclude(tx, undo, which);
      }
    }
  }

  private static void exclude(Tx tx, BulkEditsRecord undo, Condition which) {
    tx.dsl()
        .insertInto(BULK_EDIT_EXCLUSIONS, BULK_EDIT_EXCLUSIONS.EDIT_ID, BULK_EDIT_EXCLUSIONS.KEY_ID)
        .select(select(val(undo.getId()), API_KEYS.ID).from(API_KEYS).where(which))
        .onConflictDoNothing()
        .execute();
  }

  /** Deletes the exclusions of the keys that the undo has processed, up to {@code last}. */
  static void deleteExclusions(Tx tx, BulkEditsRecord undo, UUID last) {
    tx.dsl()
        .deleteFrom(BULK_EDIT_EXCLUSIONS)
        .where(BULK_EDIT_EXCLUSIONS.EDIT_ID.eq(undo.getId()))
        .and(BULK_EDIT_EXCLUSIONS.KEY_ID.gt(undo.getAfterKey()))
        .and(BULK_EDIT_EXCLUSIONS.KEY_ID.le(last))
        .execute();
  }

  /** The changes in progress whose effect on a key this change would overwrite. */
  static List<BulkEditsRecord> replaced(DSLContext dsl, UUID workspace, KeyChange change) {
    return dsl
        .selectFrom(BULK_EDITS)
        .where(BULK_EDITS.WORKSPACE_ID.eq(workspace), BULK_EDITS.CANCELLED.isFalse())
        .fetch()
        .stream()
        .filter(edit -> change.replaces(change(edit)))
        .toList();
  }

  /**
   * Matches keys that are not pinned for a change in progress whose effect {@code change} would
   * overwrite.
   */
  static Condition notPinned(Tx tx, UUID workspace, KeyChange change) {
    var edits = replaced(tx.dsl(), workspace, change).stream().map(BulkEditsRecord::getId).toList();
    return notExists(
        selectOne()
            .from(BULK_EDIT_KEYS)
            .where(BULK_EDIT_KEYS.EDIT_ID.in(edits), BULK_EDIT_KEYS.KEY_ID.eq(API_KEYS.ID)));
  }

  /** The changes in progress, in the order of their confirmation. */
  static List<BulkEditProgress> running(DSLContext dsl, UUID workspace) {
    return dsl.selectFrom(BULK_EDITS)
        .where(BULK_EDITS.WORKSPACE_ID.eq(workspace), BULK_EDITS.CANCELLED.isFalse())
        .orderBy(BULK_EDITS.SEQ)
        .fetch(
            row ->
                new BulkEditProgress(
                    row.getId(),
                    change(row),
                    row.getUndoes() != null,
                    row.getCounted(),
                    row.getTotal(),
                    row.getDone()));
  }

  static KeyChange change(BulkEditsRecord row) {
    return new KeyChange(KeyChange.Kind.of(row.getKind()), row.getValue());
  }
}
