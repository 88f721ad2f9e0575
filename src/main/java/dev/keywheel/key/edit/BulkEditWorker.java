package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_KEYS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.BulkEditsRecord;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.LockWaiters;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Record3;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;

/**
 * Changes to many keys, made by a job in parts that are a transaction each: between them the pools
 * are free for assignments. The keys are fixed when the change is confirmed. The changes of a
 * workspace are made one after the other, in the order in which they were confirmed.
 */
final class BulkEditWorker {
  static final String JOB = "keys-bulk-edits";

  /** Far longer than it takes to fix the keys of a change. */
  private static final Duration FIXED_WITHIN = Duration.ofDays(1);

  private final Database database;
  private final Jobs jobs;
  private final InstantSource clock;
  private final int part;

  BulkEditWorker(Database database, Jobs jobs, InstantSource clock, int part) {
    this.database = database;
    this.jobs = jobs;
    this.clock = clock;
    this.part = part;
  }

  JobDefinition.OneTime job() {
    return new JobDefinition.OneTime(JOB, workspace -> run(UUID.fromString(workspace)));
  }

  /**
   * Whether a change of these keys is made in parts: there are more of them than one part holds.
   */
  boolean takes(DSLContext dsl, Condition which) {
    return takes(dsl, select(API_KEYS.ID).from(API_KEYS).where(which));
  }

  boolean takes(DSLContext dsl, Select<?> keys) {
    return dsl.fetchCount(selectOne().from(keys.asTable("keys")).limit(part + 1)) > part;
  }

  /** How many keys are changed in one transaction. */
  int part() {
    return part;
  }

  /**
   * Fixes the keys, then locks the pools, for which the caller need not hold them. Call {@link
   * Jobs#nudge} after the commit.
   */
  int begin(Tx tx, Principal who, UUID id, KeyChange change, Condition which) {
    return begin(tx, who, id, change, select(API_KEYS.ID).from(API_KEYS).where(which));
  }

  /**
   * As above.
   *
   * @param keys with the column {@code id}
   */
  int begin(Tx tx, Principal who, UUID id, KeyChange change, Select<?> keys) {
    return begin(tx, who, id, change, fix(tx, id, keys), null);
  }

  /** Adds keys to those of a change that has not begun; returns how many. */
  static int fix(Tx tx, UUID id, Select<?> keys) {
    var fixed = keys.asTable("fixed");
    return tx.dsl()
        .insertInto(BULK_EDIT_KEYS, BULK_EDIT_KEYS.EDIT_ID, BULK_EDIT_KEYS.KEY_ID)
        .select(select(val(id), fixed.field(API_KEYS.ID)).from(fixed))
        .execute();
  }

  /** The first keys of a change, as many as an audit entry needs. */
  static Select<Record3<UUID, String, Long>> some(UUID id) {
    var first =
        select(BULK_EDIT_KEYS.KEY_ID)
            .from(BULK_EDIT_KEYS)
            .where(BULK_EDIT_KEYS.EDIT_ID.eq(id))
            .orderBy(BULK_EDIT_KEYS.EDIT_ID, BULK_EDIT_KEYS.KEY_ID)
            .limit(KeyAuditTrail.NAMED + 1);
    return KeyAuditTrail.keys(API_KEYS.ID.eq(any(array(first))));
  }

  /** Removes the keys of a change that was not begun, because its node was killed before. */
  void removeUnbegun(Tx tx) {
    var before = Ids.first(clock.instant().minus(FIXED_WITHIN));
    tx.dsl()
        .deleteFrom(BULK_EDIT_KEYS)
        .where(BULK_EDIT_KEYS.EDIT_ID.lt(before))
        .andNotExists(selectOne().from(BULK_EDITS).where(BULK_EDITS.ID.eq(BULK_EDIT_KEYS.EDIT_ID)))
        .execute();
  }

  /**
   * Begins a change of keys that are fixed.
   *
   * @param total their number
   * @param without the keys that are left out, asked for once the pools are locked
   */
  int begin(
      Tx tx,
      Principal who,
      UUID id,
      KeyChange change,
      int total,
      @Nullable Select<Record1<UUID>> without) {
    PoolRepository.lockAll(tx, who.workspaceId());
    int left = total;
    if (without != null) {
      left -=
          tx.dsl()
              .deleteFrom(BULK_EDIT_KEYS)
              .where(BULK_EDIT_KEYS.EDIT_ID.eq(id), BULK_EDIT_KEYS.KEY_ID.eq(any(array(without))))
              .execute();
    }
    tx.dsl()
        .insertInto(BULK_EDITS)
        .set(BULK_EDITS.ID, id)
        .set(BULK_EDITS.WORKSPACE_ID, who.workspaceId())
        .set(BULK_EDITS.KIND, change.kind().code())
        .set(BULK_EDITS.VALUE, change.value())
        .set(BULK_EDITS.TOTAL, left)
        .set(BULK_EDITS.ACTOR, who.email())
        .set(BULK_EDITS.ACTOR_ID, who.userId())
        .set(BULK_EDITS.CONFIRMED_AT, clock.instant())
        .execute();
    jobs.wake(tx, JOB, who.workspaceId().toString(), clock.instant());
    return left;
  }

  /**
   * Cancels a change: the keys that it has not reached stay unchanged. The caller has locked the
   * pools.
   *
   * @return their number; 0 when the change has ended
   */
  static int cancel(Tx tx, UUID workspace, UUID id) {
    return tx.dsl()
        .update(BULK_EDITS)
        .set(BULK_EDITS.CANCELLED, true)
        .where(BULK_EDITS.ID.eq(id), BULK_EDITS.WORKSPACE_ID.eq(workspace))
        .and(BULK_EDITS.CANCELLED.isFalse())
        .returningResult(BULK_EDITS.TOTAL.minus(BULK_EDITS.DONE))
        .fetchOptional(0, Integer.class)
        .orElse(0);
  }

  /** A change that is made at once replaces those that have not reached its keys yet. */
  static void replace(Tx tx, UUID workspace, KeyChange change, Condition which) {
    var earlier =
        tx
            .dsl()
            .selectFrom(BULK_EDITS)
            .where(BULK_EDITS.WORKSPACE_ID.eq(workspace))
            .fetch()
            .stream()
            .filter(edit -> change.replaces(change(edit)))
            .map(BulkEditsRecord::getId)
            .toList();
    if (!earlier.isEmpty()) {
      tx.dsl()
          .deleteFrom(BULK_EDIT_KEYS)
          .where(BULK_EDIT_KEYS.EDIT_ID.in(earlier))
          .and(BULK_EDIT_KEYS.KEY_ID.in(select(API_KEYS.ID).from(API_KEYS).where(which)))
          .execute();
    }
  }

  /** The changes in progress, in the order of their confirmation. */
  List<BulkEdit> running(UUID workspace) {
    return database.read(
        dsl ->
            dsl.selectFrom(BULK_EDITS)
                .where(BULK_EDITS.WORKSPACE_ID.eq(workspace), BULK_EDITS.CANCELLED.isFalse())
                .orderBy(BULK_EDITS.SEQ)
                .fetch(
                    row -> new BulkEdit(row.getId(), change(row), row.getTotal(), row.getDone())));
  }

  private JobResult run(UUID workspace) {
    while (!jobs.stopping().begun()) {
      var waiters = database.inTx(tx -> next(tx, workspace));
      if (waiters.isEmpty()) {
        return new JobResult.Done();
      }
      waiters.get().awaitEnd(database, jobs.stopping());
    }
    return new JobResult.Again(clock.instant());
  }

  /** One part of the change whose turn it is; empty when there is none. */
  private Optional<LockWaiters> next(Tx tx, UUID workspace) {
    PoolRepository.lockAll(tx, workspace);
    var edit =
        tx.dsl()
            .selectFrom(BULK_EDITS)
            .where(BULK_EDITS.WORKSPACE_ID.eq(workspace))
            .orderBy(BULK_EDITS.SEQ)
            .limit(1)
            .fetchOptional();
    return edit.map(
        row -> {
          part(tx, row);
          PoolRepository.of(tx.dsl(), workspace).forEach(pool -> PoolRepository.changed(tx, pool));
          return LockWaiters.of(tx);
        });
  }

  private void part(Tx tx, BulkEditsRecord edit) {
    UUID[] keys = take(tx, edit);
    if (keys.length == 0) {
      edit.delete();
      return;
    }
    if (!edit.getCancelled()) {
      var who =
          new Principal(
              edit.getActorId(), edit.getActor(), edit.getWorkspaceId(), Role.OPERATOR, false);
      KeyChange change = change(edit);
      change.make(tx, who, edit.getId(), still(edit, change, keys), clock.instant());
    }
    edit.setDone(edit.getDone() + keys.length);
    edit.setAfterKey(keys[keys.length - 1]);
    edit.update();
  }

  /** Removes the next keys from the list. Starting after the last ones skips dead rows. */
  private UUID[] take(Tx tx, BulkEditsRecord edit) {
    var next =
        tx.dsl()
            .select(BULK_EDIT_KEYS.KEY_ID)
            .from(BULK_EDIT_KEYS)
            .where(
                BULK_EDIT_KEYS.EDIT_ID.eq(edit.getId()),
                BULK_EDIT_KEYS.KEY_ID.gt(edit.getAfterKey()))
            .orderBy(BULK_EDIT_KEYS.KEY_ID)
            .limit(part)
            .fetch(BULK_EDIT_KEYS.KEY_ID)
            .toArray(UUID[]::new);
    tx.dsl()
        .deleteFrom(BULK_EDIT_KEYS)
        .where(BULK_EDIT_KEYS.EDIT_ID.eq(edit.getId()))
        .and(BULK_EDIT_KEYS.KEY_ID.eq(any(next)))
        .execute();
    return next;
  }

  /** Matches keys that were not changed since the change was confirmed. */
  private static Condition still(BulkEditsRecord edit, KeyChange change, UUID[] keys) {
    Condition there =
        change.kind() == KeyChange.Kind.RESTORE
            ? API_KEYS.DELETED_AT.le(edit.getConfirmedAt())
            : API_KEYS.DELETED_AT.isNull();
    return API_KEYS
        .WORKSPACE_ID
        .eq(edit.getWorkspaceId())
        .and(API_KEYS.ID.eq(any(keys)))
        .and(there)
        .and(change.differs());
  }

  static KeyChange change(BulkEditsRecord row) {
    return new KeyChange(KeyChange.Kind.of(row.getKind()), row.getValue());
  }
}
