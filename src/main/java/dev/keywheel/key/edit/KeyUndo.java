package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.any;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.edit.KeyChange.Kind;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.people.identity.Principal;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.Record3;
import org.jooq.Select;

/**
 * Undoes users' changes of keys, including a change that a job is still applying. For many keys the
 * request only queues the undo, and a job finds the keys.
 */
public final class KeyUndo {
  private static final Map<String, Object> NOT_REACHED = Map.of("names", "those not reached yet");

  private final Database database;
  private final KeyAuditTrail auditTrail;
  private final BulkEditQueue bulk;
  private final Jobs jobs;
  private final Ids ids;
  private final InstantSource clock;

  KeyUndo(
      Database database,
      KeyAuditTrail auditTrail,
      BulkEditQueue bulk,
      Jobs jobs,
      Ids ids,
      InstantSource clock) {
    this.database = database;
    this.auditTrail = auditTrail;
    this.bulk = bulk;
    this.jobs = jobs;
    this.ids = ids;
    this.clock = clock;
  }

  public sealed interface UndoResult {
    record Completed(Kind kind, BulkResult done) implements UndoResult {}

    /** The undo is queued for a job. The number of changed keys is known when the job ends. */
    record Queued(Kind kind) implements UndoResult {}

    /** An earlier request queued the undo, and the job has not ended it. */
    record Running(Kind kind) implements UndoResult {}

    /** No change that can be undone has this id. */
    record Unknown() implements UndoResult {}
  }

  /**
   * Undoes a change of the enabled state, a tag or the account. Skips keys in which this property
   * was changed again, or will be changed by a change in progress.
   */
  public UndoResult undoChange(Principal who, UUID change) {
    UUID workspace = who.workspaceId();
    return inPools(
        who,
        tx ->
            ChangedKeys.find(tx.dsl(), workspace, change)
                .map(made -> undoChange(tx, who, change, made.inverse(change)))
                .orElse(new UndoResult.Unknown()));
  }

  private UndoResult undoChange(Tx tx, Principal who, UUID change, KeyChange inverse) {
    if (BulkEditQueue.isUndoInProgress(tx.dsl(), who.workspaceId(), change)) {
      return new UndoResult.Running(inverse.kind());
    }
    int kept = stop(tx, who, change, inverse.kind(), KeyAuditTrail.undoOf(change));
    var lines = ChangedKeys.lines(tx.dsl(), change, UndoneKeys.BEFORE_ALL, bulk.partSize() + 1);
    if (lines.size() > bulk.partSize()) {
      return begin(tx, who, inverse, change);
    }
    Condition which =
        and(
            API_KEYS.WORKSPACE_ID.eq(who.workspaceId()),
            API_KEYS.DELETED_AT.isNull(),
            inverse.differs(),
            BulkEditQueue.notPinned(tx, who.workspaceId(), inverse));
    var keys = ChangedKeys.unchangedSince(lines, inverse, which);
    var done = apply(tx, who, inverse, keys, KeyAuditTrail.undoOf(change));
    return new UndoResult.Completed(inverse.kind(), plus(done, kept));
  }

  /** Undoes a deletion. Skips keys that were already restored or purged. */
  public UndoResult undoDeletion(Principal who, UUID deletion) {
    return inPools(who, tx -> undoDeletion(tx, who, deletion));
  }

  private UndoResult undoDeletion(Tx tx, Principal who, UUID deletion) {
    if (BulkEditQueue.isUndoInProgress(tx.dsl(), who.workspaceId(), deletion)) {
      return new UndoResult.Running(Kind.RESTORE);
    }
    int kept = stop(tx, who, deletion, Kind.RESTORE, KeyAuditTrail.undoOf(deletion));
    var keys = deleted(who, API_KEYS.DELETED_IN.eq(deletion));
    if (bulk.mustQueue(tx.dsl(), keys)) {
      return begin(tx, who, KeyChange.of(Kind.RESTORE), deletion);
    }
    var done = apply(tx, who, KeyChange.of(Kind.RESTORE), keys, KeyAuditTrail.undoOf(deletion));
    return new UndoResult.Completed(Kind.RESTORE, plus(done, kept));
  }

  private UndoResult inPools(Principal who, Function<Tx, UndoResult> undo) {
    UndoResult undone =
        database.inTx(
            tx -> {
              PoolRepository.lockAll(tx, who.workspaceId());
              return undo.apply(tx);
            });
    if (undone instanceof UndoResult.Queued) {
      jobs.nudge();
    }
    return undone;
  }

  /** Cancels the change if a job is still applying it. Returns the number of keys not reached. */
  private int stop(Tx tx, Principal who, UUID change, Kind inverse, Object subject) {
    int kept = BulkEditQueue.cancel(tx, who.workspaceId(), change);
    auditTrail.record(tx, who, inverse.action(), subject, new BulkResult(kept), NOT_REACHED);
    return kept;
  }

  private UndoResult begin(Tx tx, Principal who, KeyChange inverse, UUID undoes) {
    bulk.beginUndo(tx, who, ids.next(), inverse, undoes);
    auditTrail.recordQueuedUndo(tx, who, inverse.kind().action(), undoes);
    return new UndoResult.Queued(inverse.kind());
  }

  /**
   * Restores keys from the trash, or queues that for a job. Skips keys that are not in the trash.
   */
  public BulkResult restore(Principal who, List<UUID> keys) {
    return restore(who, API_KEYS.ID.in(keys));
  }

  /** Like {@link #restore(Principal, List)}, for all matching keys. */
  public BulkResult restore(Principal who, KeyTrash.TrashFilter which) {
    return restore(who, KeyTrash.where(who.workspaceId(), which));
  }

  private BulkResult restore(Principal who, Condition which) {
    var keys = deleted(who, which);
    BulkResult done =
        database.inTx(
            tx ->
                bulk.mustQueue(tx.dsl(), keys)
                    ? beginRestore(tx, who, keys)
                    : restore(tx, who, keys));
    if (done.queued()) {
      jobs.nudge();
    }
    return done;
  }

  private BulkResult restore(Tx tx, Principal who, Select<Record3<UUID, String, Long>> keys) {
    PoolRepository.lockAll(tx, who.workspaceId());
    return apply(tx, who, KeyChange.of(Kind.RESTORE), keys, "");
  }

  /** Pins the keys, then locks the pools and queues the restore. */
  private BulkResult beginRestore(Tx tx, Principal who, Select<?> keys) {
    UUID id = ids.next();
    int pinned = bulk.begin(tx, who, id, KeyChange.of(Kind.RESTORE), keys);
    var done = new BulkResult(pinned, 0, 0, List.of(), true);
    var about = KeyAuditTrail.about(tx, BulkEditQueue.firstKeys(id));
    return auditTrail.record(tx, who, Kind.RESTORE.action(), "", done, about);
  }

  private static Select<Record3<UUID, String, Long>> deleted(Principal who, Condition which) {
    return KeyAuditTrail.keys(
        and(API_KEYS.WORKSPACE_ID.eq(who.workspaceId()), API_KEYS.DELETED_AT.isNotNull(), which));
  }

  /** Applies and records the change. The caller holds the locks of the pools. */
  private BulkResult apply(
      Tx tx,
      Principal who,
      KeyChange change,
      Select<Record3<UUID, String, Long>> which,
      Object subject) {
    var about = KeyAuditTrail.about(tx, which);
    // Read the ids before the change, because it writes history rows that the query may read.
    UUID[] now = tx.dsl().fetch(which).intoArray(0, UUID.class);
    int keys = change.apply(tx, who, ids.next(), API_KEYS.ID.eq(any(now)), clock.instant());
    var done = new BulkResult(keys);
    return auditTrail.record(tx, who, change.kind().action(), subject, done, about);
  }

  private static BulkResult plus(BulkResult done, int kept) {
    return new BulkResult(done.changed() + kept);
  }
}
