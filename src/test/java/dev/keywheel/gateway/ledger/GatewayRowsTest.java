package dev.keywheel.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class GatewayRowsTest {
  @AutoClose private final TestPool pool = new TestPool();

  @Test
  void outcomes_of_attempts_far_apart_read_none_of_the_attempts_between() {
    List<UUID> ids = Stream.generate(this::nextId).limit(20_000).toList();
    var outcomes = List.of(outcome(ids.getFirst()), outcome(ids.getLast()));
    pool.database.runTx(
        tx -> {
          close(tx, 2, 20); // the session keeps a plan that was made for an empty table
          tx.dsl()
              .execute(
                  """
                  insert into gateway_attempts (id, request_id, workspace_id, no, seat, key_id, key_name, provider, model,
                                                state, opened_at, node)
                  select id, id, {0}, 1, 1, id, 'key', 'p', 'm', 'sent', {1}, id from unnest({2}) id
                  """,
                  val(pool.workspace), val(pool.clock.instant()), val(ids.toArray(UUID[]::new)));
          long entries = read(tx, "gateway_attempts_default_pkey");
          long rows = read(tx, "gateway_attempts_default");

          assertThat(GatewayRows.closeAttempts(tx, outcomes))
              .containsExactlyInAnyOrder(ids.getFirst(), ids.getLast());

          assertThat(read(tx, "gateway_attempts_default_pkey") - entries).isLessThan(20);
          assertThat(read(tx, "gateway_attempts_default") - rows).isZero();
        });
  }

  @Test
  void groups_of_any_size_use_the_same_plan() {
    pool.database.runTx(
        tx -> {
          close(tx, 1, 10); // the driver prepares a statement after some uses
          long kept = plans(tx, "generic_plans");

          close(tx, 1, 10);
          close(tx, 500, 10);

          assertThat(plans(tx, "generic_plans")).isEqualTo(kept + 20);
          assertThat(plans(tx, "custom_plans")).isZero();
        });
  }

  private void close(Tx tx, int outcomes, int times) {
    for (int i = 0; i < times; i++) {
      GatewayRows.closeAttempts(
          tx, Stream.generate(() -> outcome(nextId())).limit(outcomes).toList());
    }
  }

  /** Number of plans of this kind for the statement that stores outcomes, in this session. */
  private static long plans(Tx tx, String kind) {
    return tx.dsl()
        .fetchSingle(
            "select sum({0}) from pg_prepared_statements where statement like '%update gateway_attempts%'",
            field(name(kind)))
        .get(0, long.class);
  }

  private UUID nextId() {
    pool.clock.tick(Duration.ofMillis(1));
    return pool.ids.next();
  }

  private AttemptOutcome outcome(UUID attempt) {
    return TestOutcomes.answered(attempt, pool.clock.instant());
  }

  /** Entries read from an index, or rows read from a table without an index. */
  private static long read(Tx tx, String relation) {
    return tx.dsl()
        .fetchSingle("select pg_stat_get_xact_tuples_returned({0}::regclass)", val(relation))
        .get(0, long.class);
  }
}
