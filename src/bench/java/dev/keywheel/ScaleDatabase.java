package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.config.Config.FirstAdministrator;
import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.db.Migrations;
import dev.keywheel.db.TrigramIndexes;
import dev.keywheel.db.embedded.EmbeddedDatabase;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.net.TrustedProxies;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * An embedded PostgreSQL of a given size in a folder that is kept, because filling it takes
 * minutes.
 */
record ScaleDatabase(Size size, Path folder, DatabaseAddress superuser, AutoCloseable server)
    implements AutoCloseable {
  /**
   * The password of both roles: each start of the embedded server sets new passwords, which are not
   * known here.
   */
  private static final String PASSWORD = "bench";

  /**
   * A size and the name of its folder.
   *
   * @param keys in one pool, with real ciphertexts
   * @param runs one every 8.64 seconds up to the time of the fill: 10,000 a day
   */
  record Size(String name, int keys, int runs) {
    static final Size SMALL = new Size("small", 10_000, 100_000);
    static final Size LARGE = new Size("large", 1_000_000, 3_650_000);
  }

  /** Opens the database of this size; fills it first if the folder is new. */
  static ScaleDatabase open(Size size) throws Exception {
    var folder = parent().resolve(size.name());
    Files.createDirectories(folder);
    if (!Files.exists(folder.resolve("filled"))) {
      try (var database = started(size, folder)) {
        ScaleFill.template(database);
      }
      try (var database = withoutFsync(size, folder)) {
        ScaleFill.fill(database);
      }
      Files.createFile(folder.resolve("filled"));
    }
    boolean withUsage = Files.exists(folder.resolve("filled-usage"));
    var database = started(size, folder);
    long start = System.nanoTime();
    var migrations = // the folder may have been migrated by another branch
        Migrations.configuration("classpath:db/migration").outOfOrder(true);
    var owner = source(as(database.superuser(), "keywheel_owner", PASSWORD));
    int applied =
        migrations.dataSource(owner).load().migrate().migrationsExecuted + Migrations.apply(owner);
    TrigramIndexes.ensure(owner);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf("%s: %d migrations applied in %.0f s%n", size.name(), applied, seconds);
    if (!withUsage) {
      ScaleUsage.fill(database);
      Files.createFile(folder.resolve("filled-usage"));
    }
    return database;
  }

  private static ScaleDatabase started(Size size, Path folder) throws Exception {
    var postgres = EmbeddedDatabase.open(folder, new SecureRandom());
    var superuser = superuser(postgres.address(), folder);
    try (var connection = source(superuser).getConnection();
        var statement = connection.createStatement()) {
      for (var role : List.of("keywheel_app", "keywheel_owner")) {
        statement.execute("alter role " + role + " password '" + PASSWORD + "'");
      }
    }
    return new ScaleDatabase(size, folder, superuser, postgres);
  }

  /** The superuser of an embedded database, whose password is in its folder. */
  static DatabaseAddress superuser(DatabaseAddress address, Path folder) throws IOException {
    return as(address, "postgres", Files.readString(folder.resolve("postgres-password")).strip());
  }

  private static DatabaseAddress as(DatabaseAddress address, String role, String password) {
    var url = address.jdbcUrl().replaceFirst("user=\\w+", "user=" + role);
    return new DatabaseAddress(url, Optional.of(role), Optional.of(password));
  }

  /** The same server without fsync and full-page writes, which halves the time of a fill. */
  private static ScaleDatabase withoutFsync(Size size, Path folder) throws IOException {
    var password = Files.readString(folder.resolve("postgres-password")).strip();
    var postgres =
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(folder.resolve("postgres-bin").toFile())
            .setDataDirectory(folder.resolve("postgres"))
            .setCleanDataDirectory(false)
            .setConnectConfig("password", password)
            .setServerConfig("fsync", "off")
            .setServerConfig("full_page_writes", "off")
            .setServerConfig("shared_buffers", "512MB")
            .setServerConfig("max_wal_size", "4GB")
            .setServerConfig("autovacuum", "off")
            .start();
    var address =
        new DatabaseAddress(
            postgres.getJdbcUrl("postgres", "postgres"),
            Optional.of("postgres"),
            Optional.of(password));
    return new ScaleDatabase(size, folder, address, postgres);
  }

  /** The folder of the databases; {@code -Dkeywheel.scale=FOLDER} sets another one. */
  private static Path parent() {
    return Path.of(System.getProperty("keywheel.scale", "target/scale")).toAbsolutePath();
  }

  /** Keywheel on this database, with the sandbox as its provider and no browser. */
  App start(SystemServices systemServices) throws StartProblem {
    return App.start(config(), systemServices);
  }

  Config config() {
    return new Config(
        0,
        "127.0.0.1",
        Optional.empty(),
        TrustedProxies.NONE,
        Optional.of(as(superuser, "keywheel_app", PASSWORD)),
        Optional.of(as(superuser, "keywheel_owner", PASSWORD)),
        false,
        folder,
        folder.resolve("audit-anchor"),
        new KekLocation.Value(TestPool.KEK),
        Optional.of(new FirstAdministrator(WebApp.EMAIL, WebApp.PASSWORD)),
        URI.create("http://127.0.0.1:1"),
        new Config.Gateway(GatewayTimeouts.DEFAULT.statusHold(), false),
        true,
        Optional.empty());
  }

  /** Ends the batches of an earlier run. Call it before {@link #start}. */
  void endBatches() {
    execute(
        """
        update recoveries set state = 'cancelled', ended_at = now() where state = 'running';
        delete from batch_selections""");
  }

  /**
   * Postpones the scheduled jobs by a day, so that only the pages are measured. Call it after
   * {@link #start}, which schedules the jobs.
   */
  void postponeJobs() {
    execute(
        "update scheduled_tasks set execution_time = now() + interval '1 day' where not picked");
  }

  void execute(String sql) {
    try (var connection = connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  DataSource dataSource() {
    return source(superuser);
  }

  private static DataSource source(DatabaseAddress address) {
    var source = new PGSimpleDataSource();
    source.setUrl(address.jdbcUrl());
    address.user().ifPresent(source::setUser);
    address.password().ifPresent(source::setPassword);
    return source;
  }

  /** A connection without time limits. */
  Connection connect() throws SQLException {
    return dataSource().getConnection();
  }

  /** The first column of a query, as text. */
  List<String> texts(String sql) {
    try (var connection = connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      var texts = new ArrayList<String>();
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
      return texts;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  String text(String sql) {
    return texts(sql).getFirst();
  }

  /**
   * Waits until the server has written the changes of a benchmark. Otherwise the library would
   * abort the stop after five seconds, and the next start would recover from the log.
   */
  @Override
  public void close() throws Exception {
    try (server) {
      execute("checkpoint");
    }
  }
}
