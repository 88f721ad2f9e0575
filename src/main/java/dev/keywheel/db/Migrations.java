package dev.keywheel.db;

import java.sql.SQLException;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/**
 * Brings the schema up to date; several nodes may start at once, Flyway's lock lets one do it. A
 * migration is one transaction, and one that was killed leaves nothing behind. A script that cannot
 * be in one ({@code create index concurrently}) says so in a file beside it, {@code
 * V0NN__name.sql.conf} with {@code executeInTransaction=false}, and must bear being repeated.
 */
public final class Migrations {
  private static final String OURS = "classpath:db/migration";

  private Migrations() {}

  /**
   * Returns how many migrations were applied.
   *
   * @param owner connections without statement timeout: see {@link ConnectionPool.Use#MIGRATIONS}
   * @param more further places of scripts, for tests
   */
  public static int apply(DataSource owner, String... more) throws SQLException {
    forgetFailed(owner);
    var places = Stream.concat(Stream.of(OURS), Stream.of(more)).toArray(String[]::new);
    return configuration(places).dataSource(owner).load().migrate().migrationsExecuted;
  }

  /**
   * A lock of the session keeps other nodes waiting: one of a transaction would be waited for by
   * {@code create index concurrently}, without end.
   */
  public static FluentConfiguration configuration(String... places) {
    var configuration = Flyway.configure().locations(places).failOnMissingLocations(true);
    configuration
        .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
        .setTransactionalLock(false);
    return configuration;
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
}
