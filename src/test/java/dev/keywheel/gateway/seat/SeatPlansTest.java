package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.TokenScope;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** PostgreSQL keeps the plans of a batch where one plan suits every pool. */
class SeatPlansTest extends SeatsOnOneNode {
  @Test
  void plans_are_kept_for_few_requests_until_the_transaction_ends() {
    pool.add(1);

    assertThat(modeAfter(64)).isEqualTo("force_generic_plan");
    String after = pool.database.read(dsl -> setting(dsl, "plan_cache_mode"));
    assertThat(after).isEqualTo("auto");
    assertThat(modeAfter(65)).isEqualTo("auto");
  }

  @Test
  void plans_are_not_kept_where_conversations_stay_with_their_accounts() {
    pool.add(1);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, true, 0));

    assertThat(modeAfter(1)).isEqualTo("auto");
  }

  @Test
  void plans_are_not_kept_where_many_keys_are_busy() {
    pool.add(200);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 2));

    assertThat(modeAfter(64)).isEqualTo("force_generic_plan");
    assertThat(modeAfter(64))
        .as("64 keys have one call, none is busy")
        .isEqualTo("force_generic_plan");
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 1));
    assertThat(modeAfter(64)).as("128 keys are busy").isEqualTo("auto");
  }

  @Test
  void a_plan_that_is_kept_does_not_read_the_whole_table_of_keys() {
    pool.add(200);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 1));

    assertThat(settingAfter(64, "enable_seqscan")).isEqualTo("off");
    assertThat(settingAfter(64, "enable_seqscan")).isEqualTo("off");
    assertThat(settingAfter(64, "enable_seqscan")).as("128 keys are busy").isEqualTo("on");
  }

  private String modeAfter(int requests) {
    return settingAfter(requests, "plan_cache_mode");
  }

  private String settingAfter(int requests, String setting) {
    var batch =
        new SeatBatch(
            pool.pool.rotation(), gateway.ledger, pool.ids, new CallsPerKey(), pool.clock);
    return pool.database.inTx(
        tx -> {
          var waiting =
              Stream.generate(() -> gateway.first(TokenScope.ALL)).limit(requests).toList();
          assertThat(batch.fill(tx, pool.id, waiting, new ArrayList<>())).hasSize(requests);
          return setting(tx.dsl(), setting);
        });
  }

  private static String setting(DSLContext dsl, String name) {
    return dsl.fetchSingle("select current_setting({0})", DSL.val(name)).get(0, String.class);
  }
}
