package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Tx;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyModelsTest {
  private static final String MODEL = "maker/model:free";

  @Test
  void a_key_whose_exclusions_a_user_ends_is_used_again_and_waiting_runs_learn_it() {
    try (var t = new TestPool()) {
      var key = t.add(1).getFirst();
      t.database.runTx(tx -> KeyModels.exclude(tx, key, MODEL, "", t.clock.instant()));
      long gains = t.database.inTx(tx -> t.pool.status().gainedKeys(tx, t.id));
      assertThat(t.edits(10).endExclusions(t.admin, t.key(key))).isTrue();
      t.database.runTx(
          tx -> {
            assertThat(KeyModels.findExcluded(tx, t.id, MODEL, t.clock.instant())).isEmpty();
            assertThat(t.pool.status().gainedKeys(tx, t.id)).isGreaterThan(gains);
          });
      assertThat(t.edits(10).endExclusions(t.admin, t.key(key))).as("again").isFalse();
      int events = t.database.read(dsl -> dsl.fetchCount(AUDIT_EVENTS));
      assertThat(events).isOne();
    }
  }

  @Test
  void excluded_keys_are_found_without_reading_the_others_of_a_pool_without_statistics() {
    try (var t = new TestPool()) {
      var first = t.add(2_000).getFirst();
      t.database.runTx(tx -> KeyModels.exclude(tx, first, MODEL, "", t.clock.instant()));
      t.test.removeStatistics();
      long read =
          RowsRead.by(
              t.database,
              dsl -> {
                var now = t.clock.instant();
                assertThat(KeyModels.findExcluded(new Tx(dsl), t.id, MODEL, now))
                    .isEqualTo(Set.of(first));
                assertThat(
                        dsl.select(KeyModels.countExcluded(t.id, List.of(MODEL), now))
                            .fetchSingle(0, int.class))
                    .isOne();
              },
              "api_keys");
      assertThat(read).isLessThan(10);
    }
  }
}
