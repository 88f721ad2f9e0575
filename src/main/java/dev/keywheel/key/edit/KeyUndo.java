package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
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
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/** Undoes users' changes of keys, also one that a job is still applying. */
public final class KeyUndo {
  private final Database database;
  private final KeyAuditTrail auditTrail;
  private final BulkEditWorker bulk;
  private final Jobs jobs;
  private final Ids ids;
  private final InstantSource clock;

  KeyUndo(
      Database database,
      KeyAuditTrail auditTrail,
      BulkEditWorker bulk,
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

  /**
   * The result of an undo.
   *
   * @param made the change that it applied; empty if the original change is unknown
   */
  public record Undone(Optional<Kind> made, BulkResult done) {}

  /**
   * Undoes a change of enabling, tags or accounts, of exactly the keys that it changed, without
   * those that were changed again since.
   */
  public Undone change(Principal who, UUID change) {
    Undone undone =
        database.inTx(
            tx -> {
              PoolRepository.lockAll(tx, who.workspaceId());
              return ChangedKeys.find(tx.dsl(), who.workspaceId(), change)
                  .map(made -> change(tx, who, change, made))
                  .orElse(new Undone(Optional.empty(), new BulkResult(0)));
            });
    nudge(undone.done());
    return undone;
  }

  private Undone change(Tx tx, Principal who, UUID change, KeyChange made) {
    KeyChange inverse = made.inverse(change);
    Condition which =
        API_KEYS
            .WORKSPACE_ID
            .eq(who.workspaceId())
            .and(API_KEYS.DELETED_AT.isNull())
            .and(inverse.differs())
            .and(ChangedKeys.unchangedSince(change, made));
    int kept = BulkEditWorker.cancel(tx, who.workspaceId(), change);
    BulkResult done = makeInverse(tx, who, inverse, which, kept, "undo of " + change);
    return new Undone(Optional.of(inverse.kind()), done);
  }

  /** Takes a deletion back. Keys that were restored or purged since are left out. */
  public BulkResult deletion(Principal who, UUID deletion) {
    return restore(who, API_KEYS.DELETED_IN.eq(deletion), deletion);
  }

  /** Restores single keys from the trash. */
  public BulkResult restore(Principal who, List<UUID> keys) {
    return restore(who, API_KEYS.ID.in(keys), null);
  }

  /** Restores all matching keys of the trash. */
  public BulkResult restore(Principal who, KeyTrash.Matching which) {
    return restore(who, KeyTrash.where(who.workspaceId(), which), null);
  }

  private BulkResult restore(Principal who, Condition which, @Nullable UUID deletion) {
    Condition mine =
        API_KEYS.WORKSPACE_ID.eq(who.workspaceId()).and(API_KEYS.DELETED_AT.isNotNull()).and(which);
    BulkResult done =
        database.inTx(
            tx -> {
              PoolRepository.lockAll(tx, who.workspaceId());
              int kept =
                  deletion == null ? 0 : BulkEditWorker.cancel(tx, who.workspaceId(), deletion);
              Object subject = deletion == null ? "" : deletion;
              return makeInverse(tx, who, KeyChange.of(Kind.RESTORE), mine, kept, subject);
            });
    nudge(done);
    return done;
  }

  /**
   * Applies the inverse of another change. The pools are locked.
   *
   * @param kept keys that the other change had not yet changed
   */
  private BulkResult makeInverse(
      Tx tx, Principal who, KeyChange change, Condition which, int kept, Object subject) {
    Map<String, Object> about = KeyAuditTrail.about(tx, which);
    boolean many = bulk.takes(tx.dsl(), which);
    UUID id = ids.next();
    int keys;
    if (many) {
      keys = bulk.begin(tx, who, id, change, which);
    } else {
      // Fixed first: the change writes the history that the condition may read.
      UUID[] now = tx.dsl().select(API_KEYS.ID).from(API_KEYS).where(which).fetchArray(API_KEYS.ID);
      keys = change.make(tx, who, id, API_KEYS.ID.eq(any(now)), clock.instant());
    }
    var done = new BulkResult(kept + keys, 0, 0, List.of(), many);
    return auditTrail.record(tx, who, change.kind().action(), subject, done, about);
  }

  private void nudge(BulkResult done) {
    if (done.begun()) {
      jobs.nudge();
    }
  }
}
