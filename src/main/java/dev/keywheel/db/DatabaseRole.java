package dev.keywheel.db;

import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * The rights of a connection's role beyond reading and writing rows.
 *
 * @param superuser whether the role is a superuser, or may become one with {@code set role}
 * @param changesSchema whether the role may create tables, or owns some
 */
public record DatabaseRole(String name, boolean superuser, boolean changesSchema) {
  private static final String QUERY =
      """
      select current_user,
             exists (select from pg_roles where rolsuper and pg_has_role(oid, 'member')),
             has_schema_privilege(current_schema(), 'create')
               or exists (select from pg_class
                          where relnamespace = current_schema()::regnamespace and relkind = 'r'
                            and pg_has_role(relowner, 'member'))""";

  /** Equal for two connections to one database, until its server is restarted. */
  private static final String DATABASE =
      "select current_database() || ' ' || extract(epoch from pg_postmaster_start_time())";

  /** Whether the connections of both lead to the same database. */
  public static boolean isSameDatabase(DataSource some, DataSource others) throws SQLException {
    return database(some).equals(database(others));
  }

  private static String database(DataSource connections) throws SQLException {
    try (var connection = connections.getConnection();
        var statement = connection.createStatement();
        var row = statement.executeQuery(DATABASE)) {
      row.next();
      return row.getString(1);
    }
  }

  public static DatabaseRole of(DataSource connections) throws SQLException {
    try (var connection = connections.getConnection();
        var statement = connection.createStatement();
        var row = statement.executeQuery(QUERY)) {
      row.next();
      return new DatabaseRole(row.getString(1), row.getBoolean(2), row.getBoolean(3));
    }
  }
}
