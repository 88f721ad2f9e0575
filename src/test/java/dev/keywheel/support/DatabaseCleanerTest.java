package dev.keywheel.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class DatabaseCleanerTest {
  @Test
  void an_emptied_database_is_as_one_that_was_never_vacuumed() throws SQLException {
    try (var postgres = TestDatabase.create();
        var connection = DriverManager.getConnection(postgres.superuser().jdbcUrl());
        var statement = connection.createStatement()) {
      var cleaner = DatabaseCleaner.of(connection);
      postgres.takenForEmpty();

      assertThat(cleaner.clean(postgres.superuser().jdbcUrl())).isTrue();

      try (var rows =
          statement.executeQuery(
              "select from pg_class where relnamespace = 'public'::regnamespace"
                  + " and relkind in ('r', 'i') and reltuples = 0")) {
        assertThat(rows.next()).isFalse();
      }
    }
  }
}
