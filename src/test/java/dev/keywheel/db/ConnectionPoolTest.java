package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestDatabase;
import org.junit.jupiter.api.Test;

class ConnectionPoolTest {
  @Test
  void a_node_that_is_frozen_inside_a_transaction_does_not_keep_its_locks() {
    try (var database = TestDatabase.create()) {
      var timeout =
          database
              .database()
              .read(dsl -> dsl.fetchSingle("show idle_in_transaction_session_timeout").get(0));
      assertThat(timeout).isEqualTo("15s");
    }
  }
}
