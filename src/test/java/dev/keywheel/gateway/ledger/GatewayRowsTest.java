package dev.keywheel.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
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
    List<UUID> ids = Stream.generate(this::nextId).limit(500).toList();
    var outcomes = List.of(outcome(ids.getFirst()), outcome(ids.getLast()));
    pool.database.runTx(
        tx -> {
          tx.dsl()
              .execute(
                  """
                  insert into gateway_attempts (id, request_id, workspace_id, no, seat, key_id, key_name, provider, model,
                                                state, opened_at, node)
                  select id, id, {0}, 1, 1, id, 'key', 'p', 'm', 'sent', {1}, id from unnest({2}) id
                  """,
                  val(pool.workspace), val(pool.clock.instant()), val(ids.toArray(UUID[]::new)));
          tx.dsl().execute("set local plan_cache_mode = force_generic_plan");
          long before = entriesRead(tx);

          assertThat(GatewayRows.closeAttempts(tx, outcomes))
              .containsExactlyInAnyOrder(ids.getFirst(), ids.getLast());

          assertThat(entriesRead(tx) - before).isLessThan(20);
        });
  }

  private UUID nextId() {
    pool.clock.tick(Duration.ofMillis(1));
    return pool.ids.next();
  }

  private AttemptOutcome outcome(UUID attempt) {
    return TestOutcomes.answered(attempt, pool.clock.instant());
  }

  private static long entriesRead(Tx tx) {
    return tx.dsl()
        .fetchSingle(
            "select pg_stat_get_xact_tuples_returned('gateway_attempts_default_pkey'::regclass)")
        .get(0, long.class);
  }
}
