package dev.keywheel.run;

import static dev.keywheel.db.schema.Tables.RUN_SEATS;

import dev.keywheel.db.Tx;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Records;

/** Stores the seats of runs, the database form of their plans. */
public final class SeatRepository {
  private SeatRepository() {}

  /** The seats of the run in order; empty until keys are assigned. */
  public static Optional<Plan> plan(DSLContext dsl, UUID runId) {
    var seats =
        dsl.select(RUN_SEATS.KEY_ID, RUN_SEATS.KEY_NAME, RUN_SEATS.ROTATION_NUMBER)
            .from(RUN_SEATS)
            .where(RUN_SEATS.RUN_ID.eq(runId))
            .orderBy(RUN_SEATS.PLACE)
            .fetch(Records.mapping(Seat::new));
    return seats.isEmpty() ? Optional.empty() : Optional.of(new Plan(seats));
  }

  /** Replaces the seats of a run. */
  static void store(Tx tx, UUID runId, Plan plan) {
    drop(tx, runId);
    var insert =
        tx.dsl()
            .insertInto(RUN_SEATS)
            .columns(
                RUN_SEATS.RUN_ID,
                RUN_SEATS.PLACE,
                RUN_SEATS.KEY_ID,
                RUN_SEATS.KEY_NAME,
                RUN_SEATS.ROTATION_NUMBER);
    int place = 0;
    for (var seat : plan.seats()) {
      insert = insert.values(runId, ++place, seat.keyId(), seat.keyName(), seat.seq());
    }
    insert.execute();
  }

  static void drop(Tx tx, UUID runId) {
    tx.dsl().deleteFrom(RUN_SEATS).where(RUN_SEATS.RUN_ID.eq(runId)).execute();
  }
}
