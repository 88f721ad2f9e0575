package dev.keywheel.recovery.store;

import static dev.keywheel.db.query.Columns.code;
import static dev.keywheel.db.query.Columns.column;
import static dev.keywheel.db.query.Columns.json;
import static dev.keywheel.db.query.Columns.text;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Columns;
import dev.keywheel.key.state.KeyStatus;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;

/** Writes the results of tests, and the counts of their batch. */
public final class ResultRows {
  private static final Columns<KeyTestResult> RESULT =
      Columns.of(
          column("key_id", UUID.class, KeyTestResult::keyId),
          code("result", KeyTestResult::outcome),
          text("reason", result -> result.reason() == null ? null : result.reason().code()),
          json("evidence", KeyTestResult::evidence),
          column("latency", Integer.class, KeyTestResult::latencyMs),
          column("limited_until", Instant.class, KeyTestResult::limitedUntil));

  private ResultRows() {}

  /**
   * Writes the results of a group in one statement and adds them to the counts of the batch. A key
   * keeps an earlier result, except the result of a cancellation or a stop, or the placeholder of a
   * deep test. The caller must hold the lock of the batch or have created the batch in the same
   * transaction, because rows are updated by their physical location ({@code ctid}).
   */
  public static void write(Tx tx, UUID recovery, List<KeyTestResult> results, Instant at) {
    tx.dsl()
        .execute(
            """
            with new as (
              update key_tests as t
                 set result = v.result, reason = v.reason, evidence = v.evidence::jsonb,
                     latency_ms = v.latency, ended_at = {0},
                     limited_until = v.limited_until
                from (select given.*, old.result as was, old.ctid as place
                        from {1}
                        cross join lateral (
                          select result, reason, ctid from key_tests
                           where recovery_id = {2} and key_id = given.key_id offset 0) old
                       where old.result is null
                          or (old.result = 'cancelled' and old.reason is null)
                          or (old.result = 'unknown' and old.reason in ('stopped', 'sent'))) v
               where t.ctid = v.place
              returning t.from_status, t.result, t.latency_ms, v.was)
            update recoveries r
               set tested = r.tested + n.tested, recovered = r.recovered + n.recovered,
                   still_active = r.still_active + n.active,
                   still_limited = r.still_limited + n.limited,
                   still_failed = r.still_failed + n.failed, unknown = r.unknown + n.unknown,
                   cancelled = r.cancelled + n.cancelled,
                   newly_limited = r.newly_limited + n.newly_limited,
                   newly_failed = r.newly_failed + n.newly_failed,
                   slowest_ms = greatest(r.slowest_ms, n.slowest)
              from (select count(*) filter (where result <> 'cancelled')
                             - count(*) filter (where was <> 'cancelled') as tested,
                           count(*) filter (where result = 'active' and from_status <> 'active')
                             as recovered,
                           count(*) filter (where result = 'active' and from_status = 'active')
                             as active,
                           count(*) filter (where result = 'rate_limited') as limited,
                           count(*) filter (where result = 'rate_limited'
                                              and from_status <> 'rate_limited')
                             as newly_limited,
                           count(*) filter (where result = 'failed') as failed,
                           count(*) filter (where result = 'failed' and from_status <> 'failed')
                             as newly_failed,
                           count(*) filter (where result = 'unknown')
                             - count(*) filter (where was = 'unknown') as unknown,
                           count(*) filter (where result = 'cancelled')
                             - count(*) filter (where was = 'cancelled') as cancelled,
                           max(latency_ms) as slowest
                      from new) n
             where r.id = {2}
            """,
            val(at), RESULT.table(results), val(recovery));
  }

  /** Updates the counts of the batch from its results. */
  public static void recount(Tx tx, UUID recovery) {
    var counted =
        select(
                count()
                    .filterWhere(KEY_TESTS.RESULT.isNotNull().and(is(TestOutcome.CANCELLED).not())),
                count().filterWhere(is(TestOutcome.ACTIVE).and(was(KeyStatus.ACTIVE).not())),
                count().filterWhere(is(TestOutcome.ACTIVE).and(was(KeyStatus.ACTIVE))),
                count().filterWhere(is(TestOutcome.RATE_LIMITED)),
                count().filterWhere(is(TestOutcome.FAILED)),
                count().filterWhere(is(TestOutcome.UNKNOWN)),
                count().filterWhere(is(TestOutcome.CANCELLED)),
                count()
                    .filterWhere(
                        is(TestOutcome.RATE_LIMITED).and(was(KeyStatus.RATE_LIMITED).not())),
                count().filterWhere(is(TestOutcome.FAILED).and(was(KeyStatus.FAILED).not())),
                max(KEY_TESTS.LATENCY_MS))
            .from(KEY_TESTS)
            .where(KEY_TESTS.RECOVERY_ID.eq(recovery));
    tx.dsl()
        .update(RECOVERIES)
        .set(
            row(
                RECOVERIES.TESTED,
                RECOVERIES.RECOVERED,
                RECOVERIES.STILL_ACTIVE,
                RECOVERIES.STILL_LIMITED,
                RECOVERIES.STILL_FAILED,
                RECOVERIES.UNKNOWN,
                RECOVERIES.CANCELLED,
                RECOVERIES.NEWLY_LIMITED,
                RECOVERIES.NEWLY_FAILED,
                RECOVERIES.SLOWEST_MS),
            counted)
        .where(RECOVERIES.ID.eq(recovery))
        .execute();
  }

  private static Condition is(TestOutcome outcome) {
    return KEY_TESTS.RESULT.eq(outcome.code());
  }

  private static Condition was(KeyStatus status) {
    return KEY_TESTS.FROM_STATUS.eq(status.code());
  }
}
