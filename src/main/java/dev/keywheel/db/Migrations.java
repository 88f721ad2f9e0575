package dev.keywheel.db;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/** Brings the schema up to date; several nodes may start at once, Flyway's lock lets one do it. */
public final class Migrations {
  private Migrations() {}

  /** Returns how many migrations were applied. */
  public static int apply(DataSource owner) {
    return configuration().dataSource(owner).load().migrate().migrationsExecuted;
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
