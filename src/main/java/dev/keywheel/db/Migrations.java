package dev.keywheel.db;

import java.sql.SQLException;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Migrates the schema; Flyway's lock lets only one node at a time do it. Each migration is one
 * transaction. A script that cannot run in a transaction ({@code create index concurrently}) needs
 * {@code VNNN__name.sql.conf} with {@code executeInTransaction=false} beside it, and must be
 * idempotent.
 */
public final class Migrations {
  private static final Logger log = LoggerFactory.getLogger(Migrations.class);
  private static final String OURS = "classpath:db/migration";

  private Migrations() {}

  /**
   * Returns the number of applied migrations.
   *
   * @param owner connections without statement timeout: see {@link ConnectionPool.Use#MIGRATIONS}
   * @param more additional script locations, for tests
   */
  public static int apply(DataSource owner, String... more) throws SQLException {
    forgetFailed(owner);
    var places = Stream.concat(Stream.of(OURS), Stream.of(more)).toArray(String[]::new);
    var flyway = configuration(places).dataSource(owner).load();
    int pending = flyway.info().pending().length;
    if (pending > 0) {
      log.info("Migrations to apply: {}; this takes minutes in a large database", pending);
    }
    return flyway.migrate().migrationsExecuted;
  }

  /**
   * Configures Flyway with a session lock: {@code create index concurrently} would wait forever for
   * the transaction that holds a transaction lock.
   */
  public static FluentConfiguration configuration(String... places) {
    var configuration = Flyway.configure().locations(places).failOnMissingLocations(true);
    configuration
        .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
        .setTransactionalLock(false);
    return configuration;
  }

  /**
   * Analyzes tables larger than 1 MB that have no statistics, for instance after a dump was
   * restored or the server was upgraded. Without statistics the planner may scan a whole table
   * instead of using an index. Tables that are locked, for instance by autovacuum, are skipped.
   */
  public static void analyzeRestored(DataSource owner) throws SQLException {
    try (var connection = owner.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          do $$
          declare restored regclass;
          begin
            for restored in select oid from pg_class
             where relnamespace = quote_ident(current_schema())::regnamespace and relkind = 'r' and reltuples < 0
               and pg_relation_size(oid) > 1000000
            loop
              execute 'analyze (skip_locked) ' || restored;
            end loop;
          end
          $$""");
    }
  }

  /**
   * Flyway records a failed non-transactional migration (lock timeout, full disk) and refuses to
   * continue. Such scripts are idempotent here, so the record is removed.
   */
  private static void forgetFailed(DataSource owner) throws SQLException {
    try (var connection = owner.getConnection();
        var statement = connection.createStatement()) {
      var table = statement.executeQuery("select to_regclass('flyway_schema_history')");
      table.next();
      if (table.getString(1) != null) {
        statement.execute("delete from flyway_schema_history where not success");
      }
    }
  }
}
