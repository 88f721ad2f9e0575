package dev.keywheel.db;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/** Brings the schema up to date; several nodes may start at once, Flyway's lock lets one do it. */
public final class Migrations {
  private Migrations() {}

  /** Returns how many migrations were applied. */
  public static int apply(DataSource owner) {
    return configuration().dataSource(owner).load().migrate().migrationsExecuted;
  }

  private static FluentConfiguration configuration() {
    return Flyway.configure().locations("classpath:db/migration").failOnMissingLocations(true);
  }
}
