package dev.keywheel.db;

import static dev.keywheel.db.schema.Tables.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.ConnectionPool.Use;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConnectionPoolTest {
  @Test
  void a_session_may_be_idle_in_a_transaction_for_at_most_15_seconds() {
    try (var database = TestDatabase.create()) {
      var timeout =
          database
              .database()
              .read(dsl -> dsl.fetchSingle("show idle_in_transaction_session_timeout").get(0));
      assertThat(timeout).isEqualTo("15s");
    }
  }

  @Test
  void a_connection_that_is_still_read_only_after_maintenance_is_replaced() {
    try (var database = TestDatabase.create()) {
      database.setReadOnly(true);
      try (var pool = ConnectionPool.open(database.address(), 1, Use.JOBS)) {
        var db = new Database(pool);
        db.read(dsl -> dsl.fetch("select 1"));
        database.setReadOnly(false);
        assertThatThrownBy(() -> change(db)).matches(TransientErrors::isReadOnly);
        change(db);
      } finally {
        database.setReadOnly(false);
      }
    }
  }

  /** Only a new connection has the current read-only default of the database. */
  @Test
  void a_connection_of_the_watch_lives_for_less_than_a_minute() {
    try (var database = TestDatabase.create();
        var pool = ConnectionPool.open(database.address(), 1, Use.WATCH)) {
      assertThat(Duration.ofMillis(pool.getMaxLifetime())).isLessThan(Duration.ofMinutes(1));
    }
  }

  private static void change(Database db) {
    db.runTx(tx -> tx.dsl().deleteFrom(SESSIONS).execute());
  }
}
