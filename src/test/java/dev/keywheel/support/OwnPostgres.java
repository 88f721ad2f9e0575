package dev.keywheel.support;

import dev.keywheel.db.TextResource;
import dev.keywheel.db.embedded.FreePort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL for one test only, so that the test can stop and kill it. */
public final class OwnPostgres implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Path folder;
  private final int port;
  private @Nullable EmbeddedPostgres running;

  /** Starts the server, on existing data in {@code folder} if there is any. */
  public OwnPostgres(Path folder) {
    this.folder = folder;
    this.port = freePort();
    start();
  }

  /** A port for a server of a test that cannot choose one itself. */
  static int freePort() {
    try {
      return FreePort.find(new Random());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  /** Creates an empty database. */
  public void create(String name) {
    execute("postgres", "create database " + name);
    execute("postgres", "alter database " + name + " set timezone to 'Asia/Kathmandu'");
    createRoles(name);
  }

  /** Creates the roles, as an administrator does before the first start on this database. */
  public void createRoles(String database) {
    execute(database, TextResource.read("db/roles.sql"));
  }

  /** Connects as superuser. */
  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(port, database, "postgres"));
  }

  /** The application's database URL over {@code throughPort}. */
  public static String url(int throughPort, String database) {
    return url(throughPort, database, "keywheel_app");
  }

  private static String url(int throughPort, String database, String user) {
    return "jdbc:postgresql://127.0.0.1:" + throughPort + "/" + database + "?user=" + user;
  }

  public void execute(String database, String sql) {
    try (var connection = connect(database);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Ends every connection to the database except the caller's. */
  public void cutConnections(String database) {
    execute(
        database,
        "select pg_terminate_backend(pid) from pg_stat_activity"
            + " where datname = current_database() and pid <> pg_backend_pid()");
  }

  /** Stops the server like {@code pg_ctl stop -m fast}. */
  public void stop() {
    try {
      if (running != null) {
        running.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    running = null;
  }

  /**
   * Stops the server like {@code pg_ctl stop -m immediate}: without a checkpoint, so that the next
   * start recovers from the WAL.
   */
  public void stopImmediately() {
    var server = server();
    signal(server, "QUIT");
    Await.until("PostgreSQL has ended", SOON, () -> !server.isAlive());
    stop();
  }

  public void start() {
    try {
      running =
          EmbeddedPostgres.builder()
              .setDataDirectory(folder.resolve("data"))
              .setCleanDataDirectory(false)
              .setPort(port)
              .setPGStartupWait(SOON)
              // An acknowledged commit must survive a kill of the server's processes.
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("max_connections", "200")
              .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log()))
              .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private java.io.File log() {
    return folder.resolve("postgres.log").toFile();
  }

  private ProcessHandle server() {
    try {
      var pid = Files.readAllLines(folder.resolve("data/postmaster.pid")).getFirst().strip();
      return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a signal by its name, such as STOP. */
  public static void signal(ProcessHandle process, String signal) {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    stop();
  }
}
