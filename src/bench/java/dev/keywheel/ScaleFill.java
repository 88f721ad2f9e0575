package dev.keywheel;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.secret.EncryptionContext;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import dev.keywheel.time.Delayer;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;

/**
 * Fills a database: the application writes one article and runs one batch of tests, then SQL copies
 * their rows with new ids and times. The columns are read from the catalog, so that a new column
 * needs no change here.
 */
final class ScaleFill {
  /**
   * Number of runs whose operations have times, keys and models; older runs have only their states.
   */
  private static final int DETAILED = 200_000;

  private static final int WITH_OPERATIONS = 1_000_000;
  private static final int WITH_EVENTS = 100_000;
  private static final int WITH_PARTS = 10_000;
  private static final int WITH_RAW = 2_000;

  private final ScaleDatabase database;
  private final Connection connection;
  private final long began = System.nanoTime();

  private ScaleFill(ScaleDatabase database, Connection connection) {
    this.database = database;
    this.connection = connection;
  }

  static void fill(ScaleDatabase database) throws Exception {
    try (var connection = database.connect()) {
      var fill = new ScaleFill(database, connection);
      fill.execute("set synchronous_commit = off");
      fill.execute("set maintenance_work_mem = '512MB'");
      fill.execute("set session_replication_role = replica"); // no foreign keys, no triggers
      fill.execute(ScaleSql.FUNCTIONS.formatted(database.size().runs(), java.time.Instant.now()));
      fill.keys();
      fill.runs();
      fill.print("analyze");
      fill.execute("vacuum analyze");
      fill.execute("checkpoint");
      fill.print("done");
    }
  }

  /** Creates the rows to copy: one article, the sample keys, one batch of tests. */
  static void template(ScaleDatabase database) throws Exception {
    var systemServices =
        new SystemServices(
            SystemServices.real().clock(),
            Delayer.real(),
            new SecureRandom(),
            SystemServices.real().passwords(),
            dev.keywheel.sandbox.server.SandboxOptions.instant());
    try (var app = database.start(systemServices)) {
      var browser = new HttpBrowser(app.address());
      browser.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
      browser.post("/keys/samples");
      var run = browser.post("/articles", "topic", "Saving for a bicycle", "provider", "sandbox");
      Await.until(
          "the run ends",
          Duration.ofMinutes(1),
          () -> browser.get(run.location()).text().contains("Completed"));
      browser.post("/keys/tests/all");
      Await.until(
          "the batch ends",
          Duration.ofMinutes(1),
          () -> !browser.get("/recovery").body().contains("/cancellation"));
    }
  }

  /** The secrets are encrypted here; everything else about a key is SQL. */
  private void keys() throws Exception {
    print("keys");
    execute(
        "create unlogged table fill_keys (n int, id uuid, ciphertext bytea, fingerprint bytea)");
    var clock = InstantSource.system();
    var ids = new Ids(clock, new SecureRandom());
    var vault =
        new Vault(
            new Database(database.dataSource()),
            KekSource.variable("KEYWHEEL_KEK", TestPool.KEK),
            new SecureRandom(),
            ids,
            clock);
    vault.unseal();
    var workspace = UUID.fromString(database.text("select id::text from workspaces"));
    var sealer = new Database(database.dataSource()).read(vault::sealer);
    var copy =
        connection.unwrap(PGConnection.class).getCopyAPI().copyIn("copy fill_keys from stdin");
    var hex = HexFormat.of();
    var rows = new StringBuilder();
    for (int n = 1; n <= database.size().keys(); n++) {
      var id = ids.next();
      var secret = Secret.of("sk-or-demo-valid-%07d".formatted(n));
      rows.append(n).append('\t').append(id).append("\t\\\\x");
      var context = EncryptionContext.of("api_key", id, workspace.toString(), "sandbox");
      rows.append(hex.formatHex(sealer.seal(secret, context).ciphertext()));
      rows.append("\t\\\\x");
      rows.append(hex.formatHex(vault.fingerprint(workspace, "sandbox", secret))).append('\n');
      if (n % 10_000 == 0 || n == database.size().keys()) {
        byte[] bytes = rows.toString().getBytes(UTF_8);
        copy.writeToCopy(bytes, 0, bytes.length);
        rows.setLength(0);
      }
    }
    copy.endCopy();
    execute(
        "create unlogged table fill_templates as select distinct on (status) * from api_keys"
            + " order by status, added_seq");
    withoutIndexes("api_keys", () -> copy("api_keys", ScaleSql.KEYS, 0, 0));
    execute(ScaleSql.ROTATION);
    copy("key_changes", ScaleSql.KEY_CHANGES, 0, 0);
    execute("drop table fill_keys, fill_templates");
    copy("recoveries", ScaleSql.RECOVERIES, 1, 1_000);
    copy("key_tests", ScaleSql.KEY_TESTS, 1, 1_000);
    execute("select setval('rotation_seq', (select max(assigned_seq) from api_keys))");
  }

  private void runs() throws SQLException {
    int runs = database.size().runs();
    print("articles");
    withoutIndexes("articles", () -> copy("articles", ScaleSql.ARTICLES, 1, runs));
    print("runs");
    withoutIndexes("runs", () -> copyInSteps("runs", ScaleSql.RUNS, 1, runs, 250_000));
    print("operations");
    int detailed = Math.max(1, runs - DETAILED + 1);
    int bare = Math.max(1, runs - WITH_OPERATIONS + 1);
    copyInSteps("operations", ScaleSql.OPERATIONS_BARE, bare, detailed - 1, 250_000);
    copyInSteps("operations", ScaleSql.OPERATIONS, detailed, runs, 250_000);
    print("seats");
    copyInSteps("run_seats", ScaleSql.RUN_SEATS, detailed, runs, 250_000);
    print("parts");
    copy("parts", ScaleSql.PARTS, Math.max(1, runs - WITH_PARTS + 1), runs);
    print("attempts");
    withoutIndexes(
        "attempts",
        () -> {
          copyInSteps("attempts", ScaleSql.ATTEMPTS, detailed, runs, 100_000);
          var raw = Math.max(1, runs - WITH_RAW + 1);
          execute(ScaleSql.RAW.formatted(raw, runs));
        });
    print("events");
    int first = runs - Math.min(WITH_EVENTS, runs / 10) + 1;
    copy("event_streams", ScaleSql.STREAMS, first, runs);
    withoutIndexes("events", () -> copyInSteps("events", ScaleSql.EVENTS, first, runs, 5_000));
  }

  private void copyInSteps(String table, String select, int from, int to, int step)
      throws SQLException {
    for (int n = from; n <= to; n += step) {
      copy(table, select, n, Math.min(to, n + step - 1));
    }
  }

  private static final Pattern OVERRIDE = Pattern.compile("(?s)^(.*?)\\bas (\\w+)\\s*$");

  /**
   * Inserts copies of the rows {@code t} of a table. {@code select} first lists the columns that
   * differ, each as {@code expression as column} on a separate line, then an empty line and the
   * {@code from} clause, with the bounds of n as {@code %1$d} and {@code %2$d}.
   */
  private void copy(String table, String select, int from, int to) throws SQLException {
    var halves = select.formatted(from, to).split("\n\n", 2);
    var names = new StringBuilder();
    var values = new StringBuilder();
    var own = new java.util.LinkedHashMap<String, String>();
    for (var line : halves[0].strip().split(",\n")) {
      var match = OVERRIDE.matcher(line);
      if (!match.matches()) {
        throw new IllegalArgumentException(line);
      }
      own.put(match.group(2), match.group(1).strip());
    }
    for (var column : columns(table)) {
      names.append(names.isEmpty() ? "" : ", ").append(column);
      values.append(values.isEmpty() ? "" : ", ");
      values.append(own.getOrDefault(column, "t." + column));
    }
    execute("insert into %s (%s) select %s %s".formatted(table, names, values, halves[1]));
  }

  private java.util.List<String> columns(String table) {
    return database.texts(
        """
        select column_name from information_schema.columns
        where table_schema = 'public' and table_name = '%s' and is_generated = 'NEVER'
          and is_identity = 'NO' and column_name not in ('tx', 'written_xid')
        order by ordinal_position"""
            .formatted(table));
  }

  private interface Work {
    void run() throws SQLException;
  }

  /** Drops the indexes that belong to no constraint, and rebuilds them after the work. */
  private void withoutIndexes(String table, Work work) throws SQLException {
    var where =
        """
        from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = '%s'::regclass
          and not exists (select 1 from pg_constraint o where o.conindid = i.indexrelid)"""
            .formatted(table);
    var definitions = database.texts("select pg_get_indexdef(i.indexrelid) " + where);
    for (var name : database.texts("select c.relname " + where)) {
      execute("drop index " + name);
    }
    work.run();
    for (var definition : definitions) {
      execute(definition);
    }
  }

  private void execute(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new SQLException(sql, e);
    }
  }

  private void print(String what) {
    System.out.printf(
        "%s %5.0f s  %s%n", database.size().name(), (System.nanoTime() - began) / 1e9, what);
  }
}
