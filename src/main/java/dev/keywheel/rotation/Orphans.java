package dev.keywheel.rotation;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;

import dev.keywheel.assignment.RunKeys;
import dev.keywheel.assignment.RunLease;
import dev.keywheel.assignment.RunLost;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.UUID;
import org.jooq.impl.DSL;

/**
 * Attempts that were sent by a worker which then ended. Whether they were answered, and billed,
 * nobody knows: they become {@code unknown}, which is shown and counted.
 */
public final class Orphans {
  /** So often an operation is sent again after an attempt of unknown outcome. */
  public static final int MOST_RESENDS = 2;

  private final Database database;
  private final ExecutionLog log;
  private final InstantSource clock;

  public Orphans(Database database, ExecutionLog log, InstantSource clock) {
    this.database = database;
    this.log = log;
    this.clock = clock;
  }

  /**
   * Closes the open attempts of a run that this worker has just taken over, before it makes any of
   * its own. Returns how many were open; -1 when the run is not this worker's.
   */
  public int close(RunLease run) {
    try {
      return database.inTx(tx -> close(tx, run));
    } catch (RunLost lost) {
      return -1;
    }
  }

  private int close(Tx tx, RunLease run) {
    var now = clock.instant();
    var open =
        tx.dsl()
            .update(ATTEMPTS)
            .set(ATTEMPTS.STATE, AttemptState.UNKNOWN.word())
            .set(ATTEMPTS.OUTCOME, "unknown")
            .set(ATTEMPTS.ENDED_AT, now)
            .where(ATTEMPTS.RUN_ID.eq(run.runId()), ATTEMPTS.STATE.eq(AttemptState.SENT.word()))
            .returningResult(ATTEMPTS.ORDINAL, ATTEMPTS.NO, ATTEMPTS.KEY_NAME)
            .fetch();
    if (!RunKeys.held(tx, run)) {
      throw new RunLost();
    }
    var names = names(tx, run.runId());
    var lines = new ArrayList<LogLine>();
    for (var attempt : open) {
      var name = names.getOrDefault(attempt.value1(), "Operation " + attempt.value1());
      lines.add(RotationLines.unknown(attempt.value1(), attempt.value2(), name, attempt.value3()));
    }
    log.append(tx, run.runId(), now, lines);
    return open.size();
  }

  /** How many attempts of each operation since the moment given have an unknown outcome. */
  public Map<Integer, Integer> count(UUID runId, Instant since) {
    return database.read(
        dsl ->
            dsl.select(ATTEMPTS.ORDINAL, DSL.count())
                .from(ATTEMPTS)
                .where(
                    ATTEMPTS.RUN_ID.eq(runId),
                    ATTEMPTS.STATE.eq(AttemptState.UNKNOWN.word()),
                    ATTEMPTS.SENT_AT.ge(since))
                .groupBy(ATTEMPTS.ORDINAL)
                .fetchMap(ATTEMPTS.ORDINAL, DSL.count()));
  }

  private static Map<Integer, String> names(Tx tx, UUID runId) {
    return tx.dsl()
        .select(OPERATIONS.ORDINAL, OPERATIONS.NAME)
        .from(OPERATIONS)
        .where(OPERATIONS.RUN_ID.eq(runId))
        .fetchMap(OPERATIONS.ORDINAL, OPERATIONS.NAME);
  }
}
