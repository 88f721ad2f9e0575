package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.support.TestPool;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Test;

class KeyInsertsTest {
  private static final int IMPORTED = 1_000;

  @Test
  void a_large_pool_is_not_analyzed_with_the_lock_held_for_a_few_more_keys() {
    try (var t = new TestPool()) {
      t.add("first");
      t.test.asOwner("revoke execute on function analyze_api_keys from keywheel_app");
      assertThatThrownBy(() -> t.add(IMPORTED)).isInstanceOf(DataAccessException.class);
      t.test.asOwner("update pools set active = " + 20 * IMPORTED);
      assertThat(t.add(IMPORTED)).hasSize(IMPORTED);
    }
  }
}
