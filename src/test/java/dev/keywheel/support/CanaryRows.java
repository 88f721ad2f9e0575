package dev.keywheel.support;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The content of a dump of a test's database: every column of every row, also where it holds bytes
 * or a packed text. Read over a connection of its own: the test may have closed the others.
 */
public final class CanaryRows {
  /** Enough to pick the rows that {@link Canary} then looks at. */
  private static final String TEXTS =
      """
      select format('select %L, convert_to(t::text, ''UTF8'') from %s t where t::text like ''%%sk-%%''',
                    'a row of ' || c.oid::regclass, c.oid::regclass)
      from pg_class c
      where c.relkind in ('r', 'p') and not c.relispartition
        and c.relnamespace = 'public'::regnamespace""";

  private static final String BYTES =
      """
      select format('select %1$L, %2$I from %3$s where position(%4$L::bytea in %2$I) > 0'
                      || ' or substring(%2$I from 1 for 2) = %5$L::bytea',
                    c.oid::regclass || '.' || a.attname, a.attname, c.oid::regclass,
                    '\\x736b2d', '\\x1f8b')
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.atttypid = 'bytea'::regtype
      where c.relkind in ('r', 'p') and not c.relispartition
        and c.relnamespace = 'public'::regnamespace""";

  private CanaryRows() {}

  public static void sweep(String jdbcUrl) {
    var source = new PGSimpleDataSource();
    source.setUrl(jdbcUrl);
    try (var connection = source.getConnection()) {
      watch(connection, TEXTS);
      watch(connection, BYTES);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void watch(Connection connection, String queries) throws SQLException {
    try (var made = connection.createStatement();
        var each =
            made.executeQuery(
                "select string_agg(q, ' union all ') from (" + queries + ") as a(q)")) {
      each.next();
      try (var asked = connection.createStatement();
          var found = asked.executeQuery(each.getString(1))) {
        while (found.next()) {
          Canary.watch("the database, " + found.getString(1), found.getBytes(2));
        }
      }
    }
  }
}
