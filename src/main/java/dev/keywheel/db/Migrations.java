package dev.keywheel.db;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/** Brings the schema up to date; several nodes may start at once, Flyway's lock lets one do it. */
public final class Migrations {
  private Migrations() {}

  /** Returns how many migrations were applied. */
  public static int apply(DataSource owner) throws SQLException {
    forgetFailed(owner);
    int applied = configuration().dataSource(owner).load().migrate().migrationsExecuted;
    TrigramIndexes.ensure(owner);
    return applied;
  }

  /**
   * A migration outside a transaction that failed, for a lock or a full disk, is written down as
   * failed, and Flyway refuses to go on. Ours can be run again from their beginning.
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

  private static FluentConfiguration configuration() {
    return configuration("classpath:db/migration");
  }

  /**
   * A lock of the session keeps other nodes waiting: one of a transaction would be waited for by
   * {@code create index concurrently}, without end.
   */
  public static FluentConfiguration configuration(String folder) {
    var configuration = Flyway.configure().locations(folder).failOnMissingLocations(true);
    configuration
        .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
        .setTransactionalLock(false);
    return configuration;
  }
}
