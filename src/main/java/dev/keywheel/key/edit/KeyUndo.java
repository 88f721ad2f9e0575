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
import org.jooq.Record1;
import org.jooq.Record3;
import org.jooq.Select;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Undoes users' changes of keys, also one that a job is still applying. */
public final class KeyUndo {
  private static final Logger log = LoggerFactory.getLogger(KeyUndo.class);

  private static final Map<String, Object> KEPT = Map.of("names", "those not reached yet");

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
    Optional<Stopped> stopped =
        database.inTx(
            tx -> {
              PoolRepository.lockAll(tx, who.workspaceId());
              return ChangedKeys.find(tx.dsl(), who.workspaceId(), change)
                  .map(made -> stop(tx, who, change, made));
            });
    Undone undone =
        stopped
            .map(from -> change(who, change, from))
            .orElse(new Undone(Optional.empty(), new BulkResult(0)));
    nudge(undone.done());
    return undone;
  }

  /**
   * A change that goes no further. To stop it takes the locks of the pools for a moment; the keys
   * that it changed, perhaps a million, are looked for afterwards without them.
   *
   * @param kept how many keys it had not reached
   * @param last line of the histories
   */
  private record Stopped(KeyChange made, int kept, long last) {}

  /** The caller has locked the pools. */
  private Stopped stop(Tx tx, Principal who, UUID change, KeyChange made) {
    int kept = BulkEditWorker.cancel(tx, who.workspaceId(), change);
    auditTrail.record(
        tx, who, made.inverse(change).kind().action(), undoOf(change), new BulkResult(kept), KEPT);
    return new Stopped(made, kept, ChangedKeys.last(tx));
  }

  private Undone change(Principal who, UUID change, Stopped from) {
    KeyChange inverse = from.made().inverse(change);
    Condition which =
        API_KEYS
            .WORKSPACE_ID
            .eq(who.workspaceId())
            .and(API_KEYS.DELETED_AT.isNull())
            .and(inverse.differs());
    var first = database.read(dsl -> ChangedKeys.lines(dsl, change, null, bulk.part() + 1));
    BulkResult done;
    if (first.size() > bulk.part()) {
      UUID id = ids.next();
      int fixed = fix(id, change, from.made(), which);
      var later = ChangedKeys.changedAfter(from.last(), from.made());
      done = database.inTx(tx -> begin(tx, who, id, inverse, fixed, later, undoOf(change)));
    } else {
      var keys = ChangedKeys.unchangedSince(first, from.made(), which);
      done = database.inTx(tx -> makeInverse(tx, who, inverse, keys, undoOf(change)));
    }
    return new Undone(Optional.of(inverse.kind()), plus(done, from.kept()));
  }

  /**
   * Fixes the keys of a change in steps, a transaction each: for a million keys one would take
   * longer than a page may wait for a statement.
   */
  private int fix(UUID id, UUID change, KeyChange made, Condition which) {
    removeUnbegun();
    int fixed = 0;
    @Nullable UUID after = null;
    while (true) {
      UUID last = after;
      var lines = database.read(dsl -> ChangedKeys.lines(dsl, change, last, bulk.part()));
      if (lines.isEmpty()) {
        return fixed;
      }
      var keys = ChangedKeys.unchangedSince(lines, made, which);
      fixed += database.inTx(tx -> BulkEditWorker.fix(tx, id, keys));
      after = lines.getLast().value1();
    }
  }

  /** No undo fails for it: there may be too many of them for one statement. */
  private void removeUnbegun() {
    try {
      database.runTx(bulk::removeUnbegun);
    } catch (DataAccessException e) {
      log.warn("The keys of a change that was never begun could not be removed", e);
    }
  }

  private BulkResult begin(
      Tx tx,
      Principal who,
      UUID id,
      KeyChange inverse,
      int fixed,
      Select<Record1<UUID>> later,
      Object subject) {
    if (fixed == 0) {
      return new BulkResult(0);
    }
    int keys = bulk.begin(tx, who, id, inverse, fixed, later);
    var done = new BulkResult(keys, 0, 0, List.of(), true);
    var about = KeyAuditTrail.about(tx, BulkEditWorker.some(id));
    return auditTrail.record(tx, who, inverse.kind().action(), subject, done, about);
  }

  private static String undoOf(UUID change) {
    return "undo of " + change;
  }

  /** Takes a deletion back. Keys that were restored or purged since are left out. */
  public BulkResult deletion(Principal who, UUID deletion) {
    int kept =
        database.inTx(
            tx -> {
              PoolRepository.lockAll(tx, who.workspaceId());
              int stopped = BulkEditWorker.cancel(tx, who.workspaceId(), deletion);
              var done = new BulkResult(stopped);
              auditTrail.record(tx, who, Kind.RESTORE.action(), deletion, done, KEPT);
              return stopped;
            });
    return plus(restore(who, API_KEYS.DELETED_IN.eq(deletion), deletion), kept);
  }

  /** Restores single keys from the trash. */
  public BulkResult restore(Principal who, List<UUID> keys) {
    return restore(who, API_KEYS.ID.in(keys), "");
  }

  /** Restores all matching keys of the trash. */
  public BulkResult restore(Principal who, KeyTrash.Matching which) {
    return restore(who, KeyTrash.where(who.workspaceId(), which), "");
  }

  private BulkResult restore(Principal who, Condition which, Object subject) {
    Condition mine =
        API_KEYS.WORKSPACE_ID.eq(who.workspaceId()).and(API_KEYS.DELETED_AT.isNotNull()).and(which);
    BulkResult done =
        database.inTx(
            tx ->
                makeInverse(
                    tx, who, KeyChange.of(Kind.RESTORE), KeyAuditTrail.keys(mine), subject));
    nudge(done);
    return done;
  }

  /** Applies the inverse of another change. Many keys are fixed before the pools are locked. */
  private BulkResult makeInverse(
      Tx tx,
      Principal who,
      KeyChange change,
      Select<Record3<UUID, String, Long>> which,
      Object subject) {
    boolean many = bulk.takes(tx.dsl(), which);
    if (!many) {
      PoolRepository.lockAll(tx, who.workspaceId());
    }
    UUID id = ids.next();
    Map<String, Object> about;
    int keys;
    if (many) {
      keys = bulk.begin(tx, who, id, change, which);
      about = KeyAuditTrail.about(tx, BulkEditWorker.some(id));
    } else {
      about = KeyAuditTrail.about(tx, which);
      // Fixed first: the change writes the history that the condition may read.
      UUID[] now = tx.dsl().fetch(which).intoArray(0, UUID.class);
      keys = change.make(tx, who, id, API_KEYS.ID.eq(any(now)), clock.instant());
    }
    var done = new BulkResult(keys, 0, 0, List.of(), many);
    return auditTrail.record(tx, who, change.kind().action(), subject, done, about);
  }

  private static BulkResult plus(BulkResult done, int kept) {
    return new BulkResult(done.changed() + kept, done.same(), done.gone(), done.by(), done.begun());
  }

  private void nudge(BulkResult done) {
    if (done.begun()) {
      jobs.nudge();
    }
  }
}
