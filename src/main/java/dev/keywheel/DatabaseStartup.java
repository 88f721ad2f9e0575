package dev.keywheel;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.config.Config;
import dev.keywheel.db.ApplicationRights;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.ConnectionPool.Use;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.db.DatabaseClock;
import dev.keywheel.db.DatabaseRetry;
import dev.keywheel.db.DatabaseRole;
import dev.keywheel.db.Migrations;
import dev.keywheel.db.SearchIndexes;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.embedded.EmbeddedDatabase;
import dev.keywheel.time.Stopwatch;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts and migrates the database: the embedded one, or the one named by DATABASE_URL. */
final class DatabaseStartup implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DatabaseStartup.class);

  /**
   * Connections for jobs. A node opens far fewer than the 100 that PostgreSQL allows by default.
   */
  private static final int JOB_CONNECTIONS = 11;

  /** Number of connections for polling for due jobs and renewing their leases. */
  private static final int LEASE_CONNECTIONS = 3;

  /** Number of connections reserved for pages, so that jobs cannot use them up. */
  private static final int PAGE_CONNECTIONS = 9;

  /** Maximum total time that a migration waits for locks held by running nodes. */
  private static final Duration LOCK_WAIT = Duration.ofMinutes(1);

  private static final String CHANGE_REFUSED =
      "It is read-only, or its disk is full: try again when it accepts changes.";

  private static final String UNAVAILABLE =
      "It was unavailable or too busy, and Keywheel does not wait for it: try again when it"
          + " answers.";

  private final Optional<EmbeddedDatabase> local;
  private final HikariDataSource work;
  private final HikariDataSource pages;
  private final HikariDataSource watch;
  private final HikariDataSource leases;
  private final Database database;
  private final DatabaseClock clock;
  private final SearchIndexes searchIndexes;

  private DatabaseStartup(
      Optional<EmbeddedDatabase> local,
      DatabaseAddress address,
      DatabaseAddress owner,
      DatabaseClock clock) {
    this.local = local;
    this.work = ConnectionPool.open(address, JOB_CONNECTIONS, Use.JOBS);
    this.pages = ConnectionPool.open(address, PAGE_CONNECTIONS, Use.PAGES);
    this.watch = ConnectionPool.open(address, 1, Use.WATCH);
    this.leases = ConnectionPool.open(address, LEASE_CONNECTIONS, Use.LEASES);
    this.database = new Database(work, pages, leases, PAGE_CONNECTIONS);
    this.clock = clock;
    this.searchIndexes = new SearchIndexes(owner);
  }

  static DatabaseStartup open(Config config, SystemServices systemServices) throws StartProblem {
    var local =
        config.database().isPresent()
            ? Optional.<EmbeddedDatabase>empty()
            : embedded(config, systemServices);
    Runnable undo = () -> local.ifPresent(EmbeddedDatabase::close);
    try {
      var address = config.database().orElseGet(() -> local.orElseThrow().address());
      var owner = local.map(EmbeddedDatabase::owner).or(config::migrationDatabase).orElse(address);
      if (local.isEmpty()) {
        requireAccepted(address);
      }
      var clock = new DatabaseClock(systemServices.clock(), new Stopwatch()::nanos);
      var databaseStartup = new DatabaseStartup(local, address, owner, clock);
      undo = databaseStartup::close;
      databaseStartup.migrate(systemServices, owner, address, config.allowSuperuser());
      clock.measure(databaseStartup.database());
      return databaseStartup;
    } catch (StartProblem | RuntimeException | Error e) {
      undo.run();
      throw e;
    }
  }

  DatabaseClock clock() {
    return clock;
  }

  Database database() {
    return database;
  }

  /** Whether this process started the server, so that no other node can be connected. */
  boolean embedded() {
    return local.isPresent();
  }

  /** Builds the search indexes when a job calls it. Close it before the jobs. */
  SearchIndexes searchIndexes() {
    return searchIndexes;
  }

  /** A separate connection with short timeouts, for {@link DatabaseWatch}. */
  Database watchDatabase() {
    return new Database(watch);
  }

  private static Optional<EmbeddedDatabase> embedded(Config config, SystemServices systemServices)
      throws StartProblem {
    log.info("Starting the embedded PostgreSQL; data in {}", config.data().toAbsolutePath());
    try {
      requireVersion(config.data().toAbsolutePath());
      return Optional.of(
          EmbeddedDatabase.open(config.data().toAbsolutePath(), systemServices.random()));
    } catch (EmbeddedDatabase.FolderInUse e) {
      throw new StartProblem(String.valueOf(e.getMessage()));
    } catch (IOException | IllegalStateException e) {
      throw new StartProblem(
          ("The embedded PostgreSQL cannot start in %s (%s). Is the folder writable and the"
                  + " disk not full? KEYWHEEL_DATA chooses another folder, DATABASE_URL a PostgreSQL"
                  + " of your own.")
              .formatted(config.data().toAbsolutePath(), StartProblem.reason(e)));
    }
  }

  private static void requireVersion(Path home) throws IOException, StartProblem {
    var found = EmbeddedDatabase.versionOf(home).orElse(EmbeddedDatabase.VERSION);
    if (!found.equals(EmbeddedDatabase.VERSION)) {
      throw new StartProblem(
          ("The data in %s was written by PostgreSQL %s, and this Keywheel contains PostgreSQL %s,"
                  + " which cannot read it. Make a dump with the Keywheel that wrote it (docs/operating.md,"
                  + " Upgrade), or set KEYWHEEL_DATA to another folder.")
              .formatted(home, found, EmbeddedDatabase.VERSION));
    }
  }

  private void migrate(
      SystemServices systemServices,
      DatabaseAddress owner,
      DatabaseAddress address,
      boolean allowSuperuser)
      throws StartProblem {
    try {
      var application = DatabaseRole.of(work);
      if (application.superuser() && !allowSuperuser) {
        throw superuser(application);
      }
      int applied = migrateAs(systemServices, owner, address, application);
      log.info(
          "Database {} is ready{}",
          address.shown(),
          applied == 0 ? "" : "; migrations applied: " + applied);
    } catch (SQLException e) {
      throw unreachable(address, e);
    } catch (FlywayException e) {
      throw StartProblem.ofMigration(address.shown(), e, retryMayHelp(e));
    }
  }

  /** The sentence about a transient error in a start after the migrations, or in a command. */
  static String unavailable(Throwable e) {
    return "The database failed ("
        + StartProblem.reason(e)
        + "). "
        + (TransientErrors.refusesChanges(e) ? CHANGE_REFUSED : UNAVAILABLE);
  }

  /** Whether a retry may succeed without action by the operator. */
  private static boolean retryMayHelp(RuntimeException e) {
    return TransientErrors.isTransient(e) && !TransientErrors.refusesChanges(e);
  }

  /** Connects once: a pool retries for ten seconds even if the server refuses the connection. */
  private static void requireAccepted(DatabaseAddress address) throws StartProblem {
    try {
      ConnectionPool.tryOnce(address);
    } catch (SQLException e) {
      if (ConnectionPool.refused(e)) {
        throw unreachable(address, e);
      }
    }
  }

  private static StartProblem unreachable(DatabaseAddress address, SQLException e) {
    return new StartProblem(
        "The database "
            + address.shown()
            + (ConnectionPool.refused(e) ? " cannot be used (" : " cannot be reached (")
            + StartProblem.reason(e)
            + "). Is PostgreSQL running there, and are the user and the password correct? See DATABASE_URL.");
  }

  private static StartProblem superuser(DatabaseRole role) {
    return new StartProblem(
        "DATABASE_URL connects as "
            + role.name()
            + ", a superuser of the database server, who may change the audit log and read the"
            + " server's files. Create the two roles of db/roles.sql and name them in DATABASE_URL"
            + " and DATABASE_MIGRATION_URL (docs/operating.md, Database roles), or set"
            + " KEYWHEEL_ALLOW_SUPERUSER=on to start anyway.");
  }

  private int migrateAs(
      SystemServices systemServices,
      DatabaseAddress owner,
      DatabaseAddress address,
      DatabaseRole application)
      throws SQLException, FlywayException, StartProblem {
    try (var pool = ConnectionPool.open(owner, 2, Use.MIGRATIONS, systemServices.lockTimeout())) {
      if (!owner.equals(address) && !DatabaseRole.isSameDatabase(work, pool)) {
        throw new StartProblem(
            "DATABASE_MIGRATION_URL does not name the database of DATABASE_URL; allowed: the"
                + " same database, with the role that owns its tables");
      }
      boolean separate = !DatabaseRole.of(pool).name().equals(application.name());
      if (application.changesSchema()) {
        log.warn(
            "The database role {} that pages and jobs use has the right to change tables and the"
                + " audit log. docs/operating.md, Database roles, says how to set up a second role for"
                + " migrations.",
            application.name());
      }
      var retry = new DatabaseRetry(systemServices.delayer(), systemServices.random(), LOCK_WAIT);
      return retry.get(
          () -> applyMigrations(pool, separate ? application.name() : null),
          DatabaseStartup::retryMayHelp);
    }
  }

  private static int applyMigrations(DataSource owner, @Nullable String application) {
    try {
      int applied = Migrations.apply(owner);
      if (application != null) {
        ApplicationRights.grant(owner, application);
      }
      Migrations.analyzeRestored(owner);
      return applied;
    } catch (SQLException e) {
      throw logTransient(new FlywayException(e));
    } catch (FlywayException e) {
      throw logTransient(e);
    }
  }

  private static FlywayException logTransient(FlywayException e) {
    if (retryMayHelp(e)) {
      log.warn(
          "The database is busy, so the migrations are tried again soon: {} ({})",
          String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          StartProblem.reason(e));
    }
    return e;
  }

  @Override
  public void close() {
    watch.close();
    pages.close();
    leases.close();
    work.close();
    local.ifPresent(EmbeddedDatabase::close);
  }
}
