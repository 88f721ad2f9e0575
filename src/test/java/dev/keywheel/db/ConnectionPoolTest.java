package dev.keywheel.db;

import static dev.keywheel.db.schema.Tables.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.ConnectionPool.Use;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConnectionPoolTest {
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MIGRATIONS")
  void a_job_waits_longer_for_a_lock_than_an_unreachable_node_can_hold_it(Use holder) {
    try (var database = TestDatabase.create();
        var holders = ConnectionPool.open(database.address(), 1, holder);
        var jobs = ConnectionPool.open(database.address(), 1, Use.JOBS)) {
      assertThat(setting(holders, "idle_in_transaction_session_timeout"))
          .isPositive()
          .isLessThan(setting(jobs, "lock_timeout"));
    }
  }

  private static Duration setting(DataSource connections, String name) {
    var seconds = "select extract(epoch from current_setting('" + name + "')::interval)::int";
    return Duration.ofSeconds(
        new Database(connections).read(dsl -> dsl.fetchSingle(seconds).get(0, Integer.class)));
  }

  @Test
  void options_of_the_address_apply_besides_the_time_limits_and_do_not_replace_them() {
    try (var database = TestDatabase.create()) {
      var address = database.address();
      var url =
          address.jdbcUrl()
              + (address.jdbcUrl().contains("?") ? "&" : "?")
              + "options=-c%20work_mem=5MB%20-c%20statement_timeout=1h";
      var withOptions = new DatabaseAddress(url, address.user(), address.password());
      try (var pool = ConnectionPool.open(withOptions, 1, Use.JOBS)) {
        assertThat(shown(pool, "work_mem")).isEqualTo("5MB");
        assertThat(shown(pool, "statement_timeout")).isEqualTo("30s");
        assertThat(shown(pool, "lock_timeout")).isEqualTo("20s");
      }
    }
  }

  private static Object shown(DataSource pool, String name) {
    return new Database(pool).read(dsl -> dsl.fetchSingle("show " + name).get(0));
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

  /**
   * Only a new connection has the current read-only default of the database. Hikari replaces a
   * lifetime that it considers too short by half an hour.
   */
  @Test
  void hikari_accepts_the_short_lifetime_of_a_connection_of_the_watch() {
    var nowhere =
        new DatabaseAddress(
            "jdbc:postgresql://127.0.0.1:9/none", Optional.empty(), Optional.empty());
    try (var pool = ConnectionPool.open(nowhere, 1, Use.WATCH)) {
      assertThat(Duration.ofMillis(pool.getMaxLifetime())).isLessThan(Duration.ofMinutes(1));
    }
  }

  private static void change(Database db) {
    db.runTx(tx -> tx.dsl().deleteFrom(SESSIONS).execute());
  }
}
