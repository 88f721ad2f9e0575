package dev.keywheel.support;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Empties a used database, so that it equals its template again, in a tenth of the time of a new
 * copy. Refuses a database whose schema differs from the template, and one with so many rows that
 * their dead versions would slow it down.
 *
 * @param schema the fingerprint of tables, indexes, triggers, functions and rights
 * @param filled the query for the tables with rows
 * @param restart the statement that resets the sequences
 */
record DatabaseCleaner(String schema, String filled, String restart) {
  private static final int MAX_ROWS = 300;

  private static final String SCHEMA =
      """
      with here as (select * from pg_class where relnamespace = 'public'::regnamespace),
      facts(fact) as (
        select format('%s %s %s %s %s', oid, relname, relkind, relowner, relacl) from here
        union all
        select format('%s %s %s %s %s %s', attrelid, attname, atttypid, attnotnull, atthasdef, attacl)
          from pg_attribute join here on here.oid = attrelid where attnum > 0
        union all
        select format('%s %s %s', tgrelid, tgname, tgenabled) from pg_trigger
        union all
        select format('%s %s %s', conrelid, conname, convalidated) from pg_constraint
        union all
        select format('%s %s', indexrelid, indisvalid) from pg_index
        union all
        select format('%s %s %s', proname, md5(prosrc), proacl) from pg_proc where pronamespace = 'public'::regnamespace
        union all
        select format('%s migrations', count(*)) from flyway_schema_history)
      select md5(string_agg(fact, ' ' order by fact)) from facts\
      """;

  private static final String FILLED =
      """
      select string_agg(format('select %1$L where exists (select from %2$s)', oid::regclass, oid::regclass),
                        ' union all ')
      from pg_class
      where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace
        and relname <> 'flyway_schema_history'\
      """;

  private static final String RESTART =
      """
      select 'select ' || string_agg(format('setval(%L, %s, %L)', seqrelid::regclass,
               coalesce(pg_sequence_last_value(seqrelid), seqstart),
               pg_sequence_last_value(seqrelid) is not null), ', ')
      from pg_sequence\
      """;

  /**
   * Discards the information that a vacuum found a table empty: until the next vacuum the planner
   * would expect one row, and join thousands of rows by comparing each with each.
   */
  private static final String NEVER_VACUUMED =
      """
      update pg_class set reltuples = -1
       where reltuples = 0 and relkind in ('r', 'i') and relnamespace = 'public'::regnamespace\
      """;

  static final String WITHOUT_AUTOVACUUM =
      """
      update pg_class
         set reloptions = array_append(array_remove(reloptions, 'autovacuum_enabled=false'), 'autovacuum_enabled=false')
       where relkind = 'r' and relnamespace = 'public'::regnamespace\
      """;

  private static final String WITH_AUTOVACUUM =
      """
      update pg_class set reloptions = nullif(array_remove(reloptions, 'autovacuum_enabled=false'), '{}')
       where 'autovacuum_enabled=false' = any(reloptions) and relnamespace = 'public'::regnamespace\
      """;

  static DatabaseCleaner of(Connection template) throws SQLException {
    try (var statement = template.createStatement()) {
      return new DatabaseCleaner(
          text(statement, SCHEMA), text(statement, FILLED), text(statement, RESTART));
    }
  }

  /**
   * Searches every row for secrets, then removes the rows.
   *
   * @param superuser the only role that may delete without triggers and foreign keys
   * @return whether the database equals its template now
   */
  boolean clean(String superuser) {
    try (var connection = DriverManager.getConnection(superuser);
        var statement = connection.createStatement()) {
      if (!text(statement, SCHEMA).equals(schema)) {
        CanaryRows.sweep(connection);
        return false;
      }
      var tables = tables(statement);
      CanaryRows.sweep(connection, tables);
      statement.execute("set session_replication_role = replica");
      int rows = 0;
      for (var table : tables) {
        rows += statement.executeUpdate("delete from " + table);
      }
      statement.execute(restart);
      statement.execute(NEVER_VACUUMED);
      statement.execute(WITH_AUTOVACUUM);
      return rows <= MAX_ROWS;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> tables(Statement statement) throws SQLException {
    var tables = new ArrayList<String>();
    try (ResultSet found = statement.executeQuery(filled)) {
      while (found.next()) {
        tables.add(found.getString(1));
      }
    }
    return tables;
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet found = statement.executeQuery(sql)) {
      found.next();
      return found.getString(1);
    }
  }
}
