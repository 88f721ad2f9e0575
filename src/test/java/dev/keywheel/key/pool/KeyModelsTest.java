package dev.keywheel.key.pool;

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
