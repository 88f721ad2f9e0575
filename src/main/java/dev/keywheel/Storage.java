package dev.keywheel;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.config.Config;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.db.LocalPostgres;
import dev.keywheel.db.Migrations;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database, up and migrated: the embedded one, or the one that DATABASE_URL names. */
final class Storage implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Storage.class);

  /** Pages, jobs and writers of one node; far below the 100 connections of a stock PostgreSQL. */
  private static final int CONNECTIONS = 24;

  private final Optional<LocalPostgres> local;
  private final HikariDataSource pool;

  private Storage(Optional<LocalPostgres> local, HikariDataSource pool) {
    this.local = local;
    this.pool = pool;
  }

  static Storage open(Config config, World world) throws StartProblem {
    var local =
        config.database().isPresent() ? Optional.<LocalPostgres>empty() : embedded(config, world);
    var address = config.database().orElseGet(() -> local.orElseThrow().address());
    var pool = ConnectionPool.open(address, CONNECTIONS);
    var storage = new Storage(local, pool);
    try {
      storage.migrate(config, address);
      return storage;
    } catch (StartProblem | RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  Database database() {
    return new Database(pool);
  }

  private static Optional<LocalPostgres> embedded(Config config, World world) throws StartProblem {
    log.info("Starting the embedded PostgreSQL; data in {}", config.data().toAbsolutePath());
    try {
      return Optional.of(LocalPostgres.open(config.data().toAbsolutePath(), world.random()));
    } catch (LocalPostgres.FolderInUse e) {
      throw new StartProblem(String.valueOf(e.getMessage()));
    } catch (IOException | IllegalStateException e) {
      throw new StartProblem(
          "The embedded PostgreSQL does not start on "
              + config.data().toAbsolutePath()
              + " ("
              + e.getMessage()
              + "). Is the folder writable and the disk not full? KEYWHEEL_DATA chooses another folder,"
              + " DATABASE_URL a PostgreSQL of your own.");
    }
  }

  private void migrate(Config config, DatabaseAddress address) throws StartProblem {
    try {
      int applied = migrateAs(config.migrationDatabase().orElse(address), address);
      log.info(
          "Database {} is ready{}",
          address.shown(),
          applied == 0 ? "" : ", " + applied + " migrations applied");
    } catch (SQLException e) {
      throw new StartProblem(
          "The database "
              + address.shown()
              + " cannot be reached ("
              + firstLine(e)
              + "). Is PostgreSQL running there, and are user and password right? See DATABASE_URL.");
    } catch (FlywayException e) {
      throw new StartProblem(
          "The schema of "
              + address.shown()
              + " cannot be brought up to date ("
              + firstLine(e)
              + "). The role of DATABASE_MIGRATION_URL, or else of DATABASE_URL, must be allowed to create"
              + " tables, and no newer Keywheel may have used this database.");
    }
  }

  private int migrateAs(DatabaseAddress owner, DatabaseAddress address)
      throws SQLException, FlywayException {
    pool.getConnection().close();
    if (owner.equals(address)) {
      return Migrations.apply(pool);
    }
    try (var ownerPool = ConnectionPool.open(owner, 2)) {
      ownerPool.getConnection().close();
      return Migrations.apply(ownerPool);
    }
  }

  private static String firstLine(Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("no reason given").strip();
  }

  @Override
  public void close() {
    pool.close();
    local.ifPresent(LocalPostgres::close);
  }
}
