package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.key.state.NewKey;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.util.stream.IntStream;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Test;

class KeyInsertsTest {
  private static final int IMPORTED = 1_000;

  @Test
  void a_few_more_keys_cause_no_analyze_of_a_large_locked_pool() {
    try (var t = new TestPool()) {
      t.add("first");
      t.test.asOwner("revoke execute on function analyze_api_keys from keywheel_app");
      assertThatThrownBy(() -> t.add(IMPORTED)).isInstanceOf(DataAccessException.class);
      t.test.asOwner("update pools set active = " + 20 * IMPORTED);
      assertThat(t.add(IMPORTED)).hasSize(IMPORTED);
    }
  }

  /** PostgreSQL checks a foreign key with a cached plan, which suits the table of that time. */
  @Test
  void a_large_import_into_a_small_table_reads_each_key_a_few_times_only() {
    try (var t = new TestPool()) {
      t.test.asOwner("analyze api_keys"); // of a table without rows
      t.add(20);
      var keys =
          IntStream.range(0, 4 * IMPORTED)
              .mapToObj(i -> new NewKey("more" + i, Secret.of("sk-or-v1-test-secret-more" + i)))
              .toList();

      long read = RowsRead.byTx(t.database, tx -> t.testKeys.add(tx, t.id, keys), "api_keys");

      assertThat(read).isLessThan(200L * keys.size());
    }
  }
}
