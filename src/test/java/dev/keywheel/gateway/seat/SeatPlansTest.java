package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.rotation.pause.PauseProbes;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;

/** PostgreSQL keeps the plans of a batch where one plan suits every pool. */
class SeatPlansTest extends SeatsOnOneNode {
  @Test
  void plans_are_kept_for_few_requests_until_the_transaction_ends() {
    pool.add(1);

    assertThat(modeAfter(64)).isEqualTo("force_generic_plan");
    assertThat(pool.database.read(SeatPlansTest::mode)).isEqualTo("auto");
    assertThat(modeAfter(65)).isEqualTo("auto");
  }

  @Test
  void plans_are_not_kept_where_conversations_stay_with_their_accounts() {
    pool.add(1);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, true, 0));

    assertThat(modeAfter(1)).isEqualTo("auto");
  }

  @Test
  void no_plan_is_cached_while_many_keys_are_busy() {
    pool.add(200);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 2));

    assertThat(modeAfter(64)).isEqualTo("force_generic_plan");
    assertThat(modeAfter(64))
        .as("64 keys have one call, none is busy")
        .isEqualTo("force_generic_plan");
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 1));
    assertThat(modeAfter(64)).as("128 keys are busy").isEqualTo("auto");
  }

  private String modeAfter(int requests) {
    var batch =
        new SeatBatch(
            pool.pool.rotation(),
            gateway.ledger,
            pool.ids,
            new CallsPerKey(),
            pool.clock,
            new PauseProbes());
    return pool.database.inTx(
        tx -> {
          var waiting =
              Stream.generate(() -> gateway.first(TokenScope.ALL)).limit(requests).toList();
          assertThat(batch.fill(tx, pool.id, waiting, new ArrayList<>())).hasSize(requests);
          return mode(tx.dsl());
        });
  }

  private static String mode(DSLContext dsl) {
    return dsl.fetchSingle("show plan_cache_mode").get(0, String.class);
  }
}
