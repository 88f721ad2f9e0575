package dev.keywheel.assignment;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.arrayAppend;
import static org.jooq.impl.DSL.arrayRemove;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.unnest;

import dev.keywheel.db.Tx;
import java.util.Set;
import java.util.UUID;
import org.jooq.impl.DSL;

/** What a run's row knows of keys: whose the run is, and which keys it does without. */
public final class RunExclusions {
  private RunExclusions() {}

  /** Whether the run is still this worker's. */
  public static boolean held(Tx tx, RunFence run) {
    return tx.dsl().fetchExists(RUNS, RUNS.ID.eq(run.runId()), RUNS.FENCE.eq(run.fence()));
  }

  /**
   * The keys that failed in this run for a reason of their own. One that passed a check after its
   * last attempt in the run is not among them any more.
   */
  public static Set<UUID> excluded(Tx tx, UUID runId) {
    boolean none =
        tx.dsl()
            .select(DSL.cardinality(RUNS.EXCLUDED))
            .from(RUNS)
            .where(RUNS.ID.eq(runId))
            .fetchOptional()
            .map(row -> row.value1() == 0)
            .orElse(true);
    return none ? Set.of() : stillExcluded(tx, runId);
  }

  private static Set<UUID> stillExcluded(Tx tx, UUID runId) {
    var key = unnest(RUNS.EXCLUDED).as("excluded", "key_id");
    var keyId = key.field("key_id", UUID.class);
    var lastAttempt =
        select(max(ATTEMPTS.ENDED_AT))
            .from(ATTEMPTS)
            .where(ATTEMPTS.RUN_ID.eq(runId), ATTEMPTS.KEY_ID.eq(keyId));
    var passed =
        DSL.selectOne()
            .from(API_KEYS)
            .where(
                API_KEYS.ID.eq(keyId),
                API_KEYS.STATUS.eq("active"),
                API_KEYS.LAST_TESTED_AT.gt(lastAttempt));
    return tx.dsl()
        .select(keyId)
        .from(RUNS.crossJoin(key))
        .where(RUNS.ID.eq(runId))
        .andNotExists(passed)
        .fetchSet(keyId);
  }

  /** Counts one more look in a row that found no key; returns how many there were before. */
  static int foundNone(Tx tx, UUID runId) {
    return tx.dsl()
        .update(RUNS)
        .set(RUNS.WAIT_TRIES, RUNS.WAIT_TRIES.plus(1))
        .where(RUNS.ID.eq(runId))
        .returningResult(RUNS.WAIT_TRIES.minus(1))
        .fetchOptional(row -> row.value1())
        .orElse(0);
  }

  /** The run found keys: its next wait begins with the shortest time again. */
  static void found(Tx tx, UUID runId) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.WAIT_TRIES, 0)
        .where(RUNS.ID.eq(runId), RUNS.WAIT_TRIES.ne(0))
        .execute();
  }

  /** The run does without the key from now on. */
  public static void exclude(Tx tx, UUID runId, UUID key) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.EXCLUDED, arrayAppend(arrayRemove(RUNS.EXCLUDED, key), key))
        .where(RUNS.ID.eq(runId))
        .execute();
  }
}
