package dev.keywheel.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DatabaseCleanerTest {
  private static final String TABLES =
      "select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace";

  @Test
  void an_emptied_database_has_no_statistics_like_a_new_one() throws SQLException {
    try (var postgres = TestDatabase.create();
        var connection = DriverManager.getConnection(postgres.superuser().jdbcUrl());
        var statement = connection.createStatement()) {
      var cleaner = DatabaseCleaner.of(connection);
      postgres.setEmptyTableStatistics();

      assertThat(cleaner.clean(postgres.superuser().jdbcUrl())).isTrue();

      try (var rows =
          statement.executeQuery(
              "select from pg_class where relnamespace = 'public'::regnamespace"
                  + " and relkind in ('r', 'i') and reltuples = 0")) {
        assertThat(rows.next()).isFalse();
      }
    }
  }

  /** Autovacuum would change the planner's statistics in the middle of a test. */
  @Test
  void autovacuum_is_off_for_tables_with_forged_statistics_until_they_are_emptied()
      throws SQLException {
    try (var postgres = TestDatabase.create();
        var connection = DriverManager.getConnection(postgres.superuser().jdbcUrl())) {
      var cleaner = DatabaseCleaner.of(connection);
      var options =
          DSL.using(connection).fetchValues("select reloptions::text from pg_class order by oid");

      postgres.setEmptyTableStatistics();
      postgres.setEmptyTableStatistics();

      assertThat(tablesWithoutAutovacuum(connection))
          .isEqualTo(DSL.using(connection).fetchValue(TABLES));
      assertThat(cleaner.clean(postgres.superuser().jdbcUrl())).isTrue();
      assertThat(
              DSL.using(connection)
                  .fetchValues("select reloptions::text from pg_class order by oid"))
          .isEqualTo(options);
    }
  }

  private static @Nullable Object tablesWithoutAutovacuum(Connection connection) {
    return DSL.using(connection)
        .fetchValue(TABLES + " and reloptions::text like '%autovacuum_enabled=false%'");
  }
}
