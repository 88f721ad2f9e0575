package dev.keywheel.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.PGConnection;

/**
 * The rights of the role that pages and jobs connect as. The role reads and writes rows, but it
 * cannot change the schema, and cannot change or delete rows of the audit log. The owner grants
 * these rights after each migration, so that they include new tables, and revokes all others.
 */
public final class ApplicationRights {
  /** Advisory lock that keeps starting nodes from changing the same catalog rows at once. */
  private static final long LOCK = 0x6b657977_67726e74L;

  private static final List<String> GRANTS =
      List.of(
          "revoke all on all tables in schema %1$s from %2$s",
          "revoke all on all sequences in schema %1$s from %2$s",
          "grant usage on schema %1$s to %2$s",
          "grant select, insert, update, delete on all tables in schema %1$s to %2$s",
          "grant usage, select on all sequences in schema %1$s to %2$s",
          "revoke insert, update, delete on %1$s.flyway_schema_history from %2$s",
          "revoke update, delete on %1$s.audit_events from %2$s");

  /** Selects the functions that run with the owner's rights; each has one narrow purpose. */
  private static final String FUNCTIONS =
      "select oid::regprocedure from pg_proc where prosecdef and proowner = current_user::regrole"
          + " and pronamespace = current_schema()::regnamespace";

  private ApplicationRights() {}

  /**
   * Grants the rights, in one transaction.
   *
   * @param owner connections of the role that owns the tables
   * @param application name of the role that receives the rights
   */
  public static void grant(DataSource owner, String application) throws SQLException {
    try (var connection = owner.getConnection()) {
      connection.setAutoCommit(false);
      try {
        execute(connection, "select pg_advisory_xact_lock(" + LOCK + ")");
        for (String grant : grants(connection, application)) {
          execute(connection, grant);
        }
        connection.commit();
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }
  }

  private static List<String> grants(Connection connection, String application)
      throws SQLException {
    var postgres = connection.unwrap(PGConnection.class);
    String schema = postgres.escapeIdentifier(connection.getSchema());
    String role = postgres.escapeIdentifier(application);
    var grants = new ArrayList<String>();
    GRANTS.forEach(grant -> grants.add(grant.formatted(schema, role)));
    for (String function : texts(connection, FUNCTIONS)) {
      grants.add("revoke execute on function " + function + " from public");
      grants.add("grant execute on function " + function + " to " + role);
    }
    return grants;
  }

  private static List<String> texts(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      var texts = new ArrayList<String>();
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
      return texts;
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
