package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_KEYS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.row;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.BulkEditsRecord;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.LockWaiters;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record2;

/**
 * The job that applies the changes of {@link BulkEditQueue} in parts, one transaction each. Between
 * two parts the pools are free for assignments. The keys of a change are pinned at its
 * confirmation. The keys of an undo are first counted without locks and then read part by part with
 * the pools locked. Keys changed again before their part is read keep their values. Parts become
 * smaller while the database is slow, because requests for keys wait for the pools.
 */
final class BulkEditWorker {
  static final String JOB = "keys-bulk-edits";

  /** A request for a key waits up to 4 s for its pool; one part should take far less. */
  private static final Duration MAX_PART_TIME = Duration.ofMillis(500);

  private static final int MIN_PART_SIZE = 100;

  private final Database database;
  private final KeyAuditTrail auditTrail;
  private final Jobs jobs;
  private final InstantSource clock;
  private final int maxPartSize;

  BulkEditWorker(
      Database database,
      KeyAuditTrail auditTrail,
      Jobs jobs,
      InstantSource clock,
      int maxPartSize) {
    this.database = database;
    this.auditTrail = auditTrail;
    this.jobs = jobs;
    this.clock = clock;
    this.maxPartSize = maxPartSize;
  }

  JobDefinition.OneTime job() {
    return new JobDefinition.OneTime(JOB, workspace -> run(UUID.fromString(workspace)));
  }

  private JobResult run(UUID workspace) {
    int partSize = maxPartSize;
    while (!jobs.stopping().begun()) {
      if (database.inTx(tx -> UndoneKeys.countMore(tx, workspace))) {
        continue;
      }
      int size = partSize;
      var part = database.inTx(tx -> applyNextPart(tx, workspace, size));
      if (part.isEmpty()) {
        return new JobResult.Done();
      }
      partSize = nextPartSize(size, part.get().taken(), maxPartSize);
      part.get().waiters().awaitEnd(database, jobs.stopping());
    }
    return new JobResult.Again(clock.instant());
  }

  /** Half the size after a part that took too long, otherwise up to twice the size. */
  static int nextPartSize(int size, Duration taken, int max) {
    return taken.compareTo(MAX_PART_TIME) > 0
        ? Math.min(size, Math.max(size / 2, MIN_PART_SIZE))
        : Math.min(size * 2, max);
  }

  /**
   * A part whose transaction can be committed.
   *
   * @param taken since the pools were locked
   * @param waiters transactions that wait for the pools
   */
  private record AppliedPart(Duration taken, LockWaiters waiters) {}

  /** Applies a part of the oldest change; empty without a change. */
  private Optional<AppliedPart> applyNextPart(Tx tx, UUID workspace, int partSize) {
    PoolRepository.lockAll(tx, workspace);
    var locked = new Stopwatch();
    var edit =
        tx.dsl()
            .selectFrom(BULK_EDITS)
            .where(BULK_EDITS.WORKSPACE_ID.eq(workspace))
            .orderBy(BULK_EDITS.SEQ)
            .limit(1)
            .fetchOptional();
    return edit.map(
        row -> {
          if (row.getUndoes() == null) {
            applyPart(tx, row, partSize);
          } else {
            undoPart(tx, row, partSize);
          }
          PoolRepository.of(tx.dsl(), workspace)
              .forEach(pool -> PoolRepository.raiseVersion(tx, pool));
          return new AppliedPart(locked.elapsed(), LockWaiters.of(tx));
        });
  }

  private void applyPart(Tx tx, BulkEditsRecord edit, int partSize) {
    UUID[] keys = take(tx, edit, partSize);
    if (keys.length == 0) {
      edit.delete();
      return;
    }
    int changed = 0;
    if (!edit.getCancelled()) {
      BulkEditQueue.excludeFromLaterUndos(tx, edit, API_KEYS.ID.eq(any(keys)));
      changed = apply(tx, edit, stillApplicable(edit, keys));
    }
    saveProgress(edit, keys.length, keys[keys.length - 1], changed);
  }

  /** Undoes one part. Keys that were changed again after the undone change keep their values. */
  private void undoPart(Tx tx, BulkEditsRecord edit, int partSize) {
    if (!edit.getCounted() && !edit.getCancelled()) {
      return; // queued since the last call of countMore: not counted yet
    }
    var keys = edit.getCancelled() ? UndoneKeys.NONE : UndoneKeys.next(tx, edit, partSize);
    if (keys.last() == null) {
      end(tx, edit);
      return;
    }
    int changed = apply(tx, edit, API_KEYS.ID.eq(any(keys.unchanged())));
    BulkEditQueue.deleteExclusions(tx, edit, keys.last());
    saveProgress(edit, keys.readCount(), keys.last(), changed);
    if (edit.getDone() >= edit.getTotal()) {
      // End it now: a node of the previous version would delete the undo without an audit entry.
      end(tx, edit);
    }
  }

  private int apply(Tx tx, BulkEditsRecord edit, Condition which) {
    return BulkEditQueue.change(edit).apply(tx, actor(edit), edit.getId(), which, clock.instant());
  }

  private static void saveProgress(BulkEditsRecord edit, int processed, UUID last, int changed) {
    edit.setDone(edit.getDone() + processed);
    edit.setAfterKey(last);
    edit.setChanged(edit.getChanged() + changed);
    edit.update();
  }

  /** Writes the final audit entry, with the number of changed keys, and deletes the undo. */
  private void end(Tx tx, BulkEditsRecord edit) {
    var action = BulkEditQueue.change(edit).kind().action();
    auditTrail.recordUndo(tx, actor(edit), action, edit.getUndoes(), edit.getChanged());
    edit.setDone(edit.getTotal()); // keys may have been purged or restored after the count
    edit.update();
    edit.delete();
  }

  private static Principal actor(BulkEditsRecord edit) {
    return new Principal(
        edit.getActorId(), edit.getActor(), edit.getWorkspaceId(), Role.OPERATOR, false);
  }

  /** Removes and returns the next pinned keys. */
  private UUID[] take(Tx tx, BulkEditsRecord edit, int partSize) {
    UUID[] next = next(tx.dsl(), edit, partSize);
    tx.dsl()
        .deleteFrom(BULK_EDIT_KEYS)
        .where(BULK_EDIT_KEYS.EDIT_ID.eq(edit.getId()))
        .and(BULK_EDIT_KEYS.KEY_ID.eq(any(next)))
        .execute();
    return next;
  }

  /**
   * The next pinned keys. Skips the dead rows of earlier parts. Compares rows, so that the planner
   * reads the index in its order even while the table has no statistics. It would otherwise expect
   * the change to have few keys, read all of them and sort them.
   */
  static UUID[] next(DSLContext dsl, BulkEditsRecord edit, int limit) {
    return dsl
        .select(BULK_EDIT_KEYS.EDIT_ID, BULK_EDIT_KEYS.KEY_ID)
        .from(BULK_EDIT_KEYS)
        .where(
            row(BULK_EDIT_KEYS.EDIT_ID, BULK_EDIT_KEYS.KEY_ID).gt(edit.getId(), edit.getAfterKey()))
        .orderBy(BULK_EDIT_KEYS.EDIT_ID, BULK_EDIT_KEYS.KEY_ID)
        .limit(limit)
        .fetch()
        .stream()
        .filter(row -> row.value1().equals(edit.getId()))
        .map(Record2::value2)
        .toArray(UUID[]::new);
  }

  /**
   * Matches the keys that the change can still alter: for a restore, keys deleted before its
   * confirmation; otherwise, keys that are not deleted.
   */
  private static Condition stillApplicable(BulkEditsRecord edit, UUID[] keys) {
    var change = BulkEditQueue.change(edit);
    Condition inPlace =
        change.kind() == KeyChange.Kind.RESTORE
            ? API_KEYS.DELETED_AT.le(edit.getConfirmedAt())
            : API_KEYS.DELETED_AT.isNull();
    return and(
        API_KEYS.WORKSPACE_ID.eq(edit.getWorkspaceId()),
        API_KEYS.ID.eq(any(keys)),
        inPlace,
        change.differs());
  }
}
