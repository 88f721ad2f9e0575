package dev.keywheel.support;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Searches the content of a test's database: every column of every row, including bytes and
 * compressed texts. Uses a separate connection, because the test may have closed the others.
 */
public final class CanaryRows {
  private static final String TABLES =
      """
      select oid::regclass from pg_class
      where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace\
      """;

  /** Selects the rows that {@link Canary} then searches. */
  private static final String TEXTS =
      """
      select format('select %L, convert_to(t::text, ''UTF8'') from %s t where t::text like ''%%sk-%%''',
                    'a row of ' || name, name)
      from unnest(?::text[]) as tables(name)\
      """;

  private static final String BYTES =
      """
      select format('select %1$L, %2$I from %3$s where position(%4$L::bytea in %2$I) > 0'
                      || ' or substring(%2$I from 1 for 2) = %5$L::bytea',
                    name || '.' || a.attname, a.attname, name, '\\x736b2d', '\\x1f8b')
      from unnest(?::text[]) as tables(name)
      join pg_attribute a on a.attrelid = name::regclass and a.atttypid = 'bytea'::regtype\
      """;

  private CanaryRows() {}

  /** Searches all tables. */
  public static void sweep(String jdbcUrl) {
    var source = new PGSimpleDataSource();
    source.setUrl(jdbcUrl);
    try (var connection = source.getConnection()) {
      sweep(connection);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static void sweep(Connection connection) throws SQLException {
    var tables = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var found = statement.executeQuery(TABLES)) {
      while (found.next()) {
        tables.add(found.getString(1));
      }
    }
    sweep(connection, tables);
  }

  /**
   * Searches only these tables: searching the others, which are empty, would take most of the time.
   */
  static void sweep(Connection connection, List<String> tables) throws SQLException {
    watch(connection, TEXTS, tables);
    watch(connection, BYTES, tables);
  }

  private static void watch(Connection connection, String queries, List<String> tables)
      throws SQLException {
    try (var builder =
        connection.prepareStatement(
            "select string_agg(q, ' union all ') from (" + queries + ") as a(q)")) {
      builder.setArray(1, connection.createArrayOf("text", tables.toArray()));
      try (var built = builder.executeQuery()) {
        built.next();
        if (built.getString(1) != null) {
          watch(connection, built.getString(1));
        }
      }
    }
  }

  private static void watch(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        var found = statement.executeQuery(query)) {
      while (found.next()) {
        Canary.watch("the database, " + found.getString(1), found.getBytes(2));
      }
    }
  }
}
