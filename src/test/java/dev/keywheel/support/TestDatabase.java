package dev.keywheel.support;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.db.ApplicationRights;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.db.Migrations;
import dev.keywheel.db.TextResource;
import dev.keywheel.db.TrigramIndexes;
import dev.keywheel.db.Tx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jooq.impl.DSL;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A migrated database for one test class or one test, copied from a template, on one real
 * PostgreSQL for the whole test run. A closed database is emptied and reused, unless its schema was
 * changed. Its sessions use a time zone other than UTC, so that errors with zones are visible.
 */
public final class TestDatabase implements AutoCloseable {
  private static final String TEMPLATE = "migrated";
  private static final String OWNER = "keywheel_owner";
  private static final String APPLICATION = "keywheel_app";
  private static final int CONNECTIONS = 12;

  /** The threads of a test may have to wait for a connection on a busy machine. */
  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(60);

  /** The server's log, with messages about failed statements. */
  private static final Path LOG =
      Path.of("target", "postgres-" + ProcessHandle.current().pid() + ".log");

  /**
   * Refuses an audit event after a line of the execution log in the same transaction, which would
   * wait for other writers of the audit log while it delays all readers of the execution log. The
   * number is the class of the advisory lock that {@code log.LogInsert} holds.
   */
  private static final String AUDIT_BEFORE_LOG =
      """
      create function refuse_audit_after_log() returns trigger language plpgsql as $$
      begin
        if exists (select from pg_locks
                    where locktype = 'advisory' and classid = 1802988655 and objsubid = 2
                      and pid = pg_backend_pid()) then
          raise exception 'An audit event after a line of the execution log';
        end if;
        return null;
      end $$;
      create trigger audit_before_log before insert on audit_events
        for each statement execute function refuse_audit_after_log()""";

  private static final AtomicInteger count = new AtomicInteger();

  private static final Set<TestDatabase> open = ConcurrentHashMap.newKeySet();

  /** The names of emptied databases, for the next tests. */
  private static final Queue<String> emptied = new ConcurrentLinkedQueue<>();

  private final String name;
  private final DatabaseAddress address;
  private final HikariDataSource dataSource;
  private final Database database;
  private final boolean migrated;

  private TestDatabase(String name, boolean migrated) {
    this.name = name;
    this.migrated = migrated;
    this.address = addressOf(APPLICATION, name);
    this.dataSource = ConnectionPool.open(address, CONNECTIONS, ConnectionPool.Use.JOBS);
    this.dataSource.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
    this.dataSource.setMinimumIdle(0); // most tests need one, and each costs the server a process
    this.database = new Database(dataSource);
  }

  public static TestDatabase create() {
    return create(TEMPLATE);
  }

  /** A database without any migration. */
  public static TestDatabase empty() {
    return create("template0");
  }

  private static TestDatabase create(String template) {
    var migrated = template.equals(TEMPLATE);
    var used = migrated ? emptied.poll() : null;
    var name = used == null ? newName() : used;
    if (used == null) {
      execute("create database " + name + " template " + template + " owner " + OWNER);
      execute("alter database " + name + " set timezone to 'Asia/Kathmandu'");
      execute("revoke temporary on database " + name + " from public");
    }
    var made = new TestDatabase(name, migrated);
    open.add(made);
    return made;
  }

  private static String newName() {
    return "test_" + count.incrementAndGet();
  }

  /** A copy of all files of this database, like a restored backup. Closes this database. */
  public TestDatabase copy() {
    dataSource.close();
    execute(endSessions(name));
    return create(name);
  }

  public Database database() {
    return database;
  }

  /** The data source, for a test that holds a connection open. */
  public DataSource dataSource() {
    return dataSource;
  }

  /**
   * Whether another session of this database waits for a lock. Clears the snapshot of the
   * statistics, which would otherwise stay the same for the whole transaction.
   */
  public static boolean anotherWaitsForLock(Tx tx) {
    return waitingForLocks(tx) > 0;
  }

  /** The number of other sessions that wait for a lock. */
  public static int waitingForLocks(Tx tx) {
    tx.dsl().execute("select pg_stat_clear_snapshot()");
    return tx.dsl()
        .fetchCount(
            DSL.table("pg_stat_activity"),
            DSL.condition("datname = current_database() and wait_event_type = 'Lock'"));
  }

  /**
   * The address, for a test that starts the application as a separate process, or a second node.
   */
  public DatabaseAddress address() {
    return address;
  }

  /** The address with the role that owns the tables and runs the migrations. */
  public DatabaseAddress owner() {
    return addressOf(OWNER, name);
  }

  /** The address with the superuser. */
  public DatabaseAddress superuser() {
    return addressOf("postgres", name);
  }

  /** The database with the role that owns the tables, with a connection for each statement. */
  public Database asOwner() {
    var source = new PGSimpleDataSource();
    source.setUrl(owner().jdbcUrl());
    return new Database(source);
  }

  /**
   * Executes what the application's role may not do: changes of tables, and of rows that it may
   * only add.
   *
   * @return number of rows changed by a single statement
   */
  public int asOwner(String sql) {
    try (var connection = DriverManager.getConnection(owner().jdbcUrl());
        var statement = connection.createStatement()) {
      statement.execute(sql);
      return statement.getUpdateCount();
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /**
   * Sets the statistics of all tables to those of a vacuum before the first row, so that the
   * planner expects a single row in each. Autovacuum, which could correct them at any time, ignores
   * these tables.
   */
  public void setEmptyTableStatistics() {
    setStatistics(
        """
        update pg_class set reltuples = 0, relpages = 1000
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')""");
  }

  /**
   * Removes the statistics of all tables, as in a restored dump before autovacuum has analyzed it:
   * the planner knows the sizes of the files but nothing about values.
   */
  public void removeStatistics() {
    setStatistics(
        """
        update pg_class set reltuples = -1, relpages = 0
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'i');
        delete from pg_statistic
         where starelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)""");
  }

  private void setStatistics(String statistics) {
    disableAutovacuum();
    try (var connection = DriverManager.getConnection(superuser().jdbcUrl());
        var statement = connection.createStatement()) {
      statement.execute(statistics);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Disables autovacuum for all tables until the database is emptied. While autovacuum analyzes,
   * its snapshot keeps a test's vacuum from marking pages as visible to all.
   */
  public void disableAutovacuum() {
    try (var connection = DriverManager.getConnection(superuser().jdbcUrl());
        var statement = connection.createStatement()) {
      statement.execute(DatabaseCleaner.WITHOUT_AUTOVACUUM);
      statement.execute(
          """
          select pg_terminate_backend(pid, 5000) from pg_stat_activity
           where datname = current_database() and backend_type = 'autovacuum worker'""");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Sets whether new connections may only read, as an administrator does for maintenance; reopens
   * the connections of this object's pool.
   */
  public void setReadOnly(boolean on) {
    execute("alter database " + name + " set default_transaction_read_only = " + on);
    var held = new ArrayList<Connection>();
    try {
      while (held.size() < CONNECTIONS) { // so that no connection is being opened at the same time
        held.add(dataSource.getConnection());
      }
      dataSource.getHikariPoolMXBean().softEvictConnections();
      for (var connection : held) {
        connection.close();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Searches every row for secrets, when nothing writes any more. */
  @Override
  public void close() {
    dataSource.close();
    if (!open.remove(this)) {
      return;
    }
    if (migrated) {
      empty(name).ifPresent(emptied::add);
    } else {
      CanaryRows.sweep(owner().jdbcUrl());
    }
  }

  /** Empties and renames a database, so that code left over from a test cannot connect to it. */
  private static Optional<String> empty(String name) {
    var renamed = newName();
    try {
      execute(endSessions(name) + "; alter database " + name + " rename to " + renamed);
    } catch (IllegalStateException stillInUse) {
      CanaryRows.sweep(addressOf(OWNER, name).jdbcUrl());
      return Optional.empty();
    }
    return Server.CLEANER.clean(addressOf("postgres", renamed).jdbcUrl())
        ? Optional.of(renamed)
        : Optional.empty();
  }

  private static String endSessions(String name) {
    return "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '"
        + name
        + "'";
  }

  /** Searches the databases that no test has closed for secrets, at the end of the run. */
  static void sweepOpen() throws IOException {
    open.forEach(TestDatabase::close);
    if (Files.exists(LOG)) {
      Canary.watch("the log of PostgreSQL", Files.readAllBytes(LOG));
    }
  }

  private static DatabaseAddress addressOf(String role, String name) {
    return new DatabaseAddress(
        Server.POSTGRES.getJdbcUrl(role, name), Optional.empty(), Optional.empty());
  }

  private static void execute(String sql) {
    synchronized (Server.ADMINISTRATION) {
      try (var statement = Server.ADMINISTRATION.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Started by the first test that needs it; stopped at the end of the test run. */
  private static final class Server {
    static final EmbeddedPostgres POSTGRES = start();
    static final DatabaseCleaner CLEANER = cleaner();

    /** Creates and renames databases. */
    static final Connection ADMINISTRATION = administration();

    private static Connection administration() {
      try {
        return POSTGRES.getPostgresDatabase().getConnection();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    private static DatabaseCleaner cleaner() {
      try (var connection = POSTGRES.getDatabase("postgres", TEMPLATE).getConnection()) {
        return DatabaseCleaner.of(connection);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    private static EmbeddedPostgres start() {
      try {
        var postgres =
            EmbeddedPostgres.builder()
                .setPort(OwnPostgres.freePort())
                .setOutputRedirector(ProcessBuilder.Redirect.appendTo(LOG.toFile()))
                .setErrorRedirector(ProcessBuilder.Redirect.appendTo(LOG.toFile()))
                .setPGStartupWait(Duration.ofMinutes(1)) // several start at once
                .setServerConfig("max_connections", "300")
                .setServerConfig("max_locks_per_transaction", "128")
                .start();
        try (var connection = postgres.getPostgresDatabase().getConnection();
            var statement = connection.createStatement()) {
          statement.execute("create database " + TEMPLATE);
        }
        try (var connection = postgres.getDatabase("postgres", TEMPLATE).getConnection();
            var statement = connection.createStatement()) {
          statement.execute(TextResource.read("db/roles.sql"));
        }
        var owner = postgres.getDatabase(OWNER, TEMPLATE);
        Migrations.apply(owner);
        ApplicationRights.grant(owner, APPLICATION);
        TrigramIndexes.ensure(owner);
        try (var connection = owner.getConnection();
            var statement = connection.createStatement()) {
          statement.execute(AUDIT_BEFORE_LOG);
        }
        return postgres;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
