package dev.keywheel.run;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.arrayAppend;
import static org.jooq.impl.DSL.arrayRemove;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.unnest;

import dev.keywheel.db.Tx;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The keys excluded from a run, and the count of its unsuccessful assignments. */
public final class RunExclusions {
  private RunExclusions() {}

  /**
   * The keys that failed in this run because of the key itself. The value is the end of the key's
   * last attempt in the run; null if no attempt has ended.
   */
  public static Map<UUID, @Nullable Instant> excluded(Tx tx, UUID runId) {
    var key = unnest(RUNS.EXCLUDED).as("excluded", "key_id");
    var keyId = key.field("key_id", UUID.class);
    var lastAttempt =
        field(
            select(max(ATTEMPTS.ENDED_AT))
                .from(ATTEMPTS)
                .where(ATTEMPTS.RUN_ID.eq(runId), ATTEMPTS.KEY_ID.eq(keyId)));
    return tx.dsl()
        .select(keyId, lastAttempt)
        .from(RUNS.crossJoin(key))
        .where(RUNS.ID.eq(runId))
        .fetchMap(keyId, lastAttempt);
  }

  /** Counts an assignment that found no key; returns how many in a row had found none before. */
  public static int countEmptyAssignment(Tx tx, UUID runId) {
    return tx.dsl()
        .update(RUNS)
        .set(RUNS.WAIT_TRIES, RUNS.WAIT_TRIES.plus(1))
        .where(RUNS.ID.eq(runId))
        .returningResult(RUNS.WAIT_TRIES.minus(1))
        .fetchOptional(row -> row.value1())
        .orElse(0);
  }

  /** Resets the count of empty assignments, so that the next wait is the shortest. */
  public static void resetEmptyAssignments(Tx tx, UUID runId) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.WAIT_TRIES, 0)
        .where(RUNS.ID.eq(runId), RUNS.WAIT_TRIES.ne(0))
        .execute();
  }

  public static void exclude(Tx tx, UUID runId, UUID key) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.EXCLUDED, arrayAppend(arrayRemove(RUNS.EXCLUDED, key), key))
        .where(RUNS.ID.eq(runId))
        .execute();
  }
}
