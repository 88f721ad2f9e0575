package dev.keywheel;

import dev.keywheel.bench.Bench.Benchmark;
import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.db.Migrations;
import dev.keywheel.db.embedded.EmbeddedDatabase;
import dev.keywheel.support.Await;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Migrates a database of the first released schema with a million articles and a million runs. The
 * migration is interrupted once in the middle and started again.
 */
public final class MigrationBench implements Benchmark {
  private static final String FIRST_RELEASE = "16";
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final int EACH = 1_000_000;

  private static final String ROWS =
      """
      insert into workspaces (id, name, created_at)
        values ('00000000-0000-7000-8000-000000000000', 'Bench', now());
      set session_replication_role = replica;
      insert into articles (id, workspace_id, slug, topic, created_at, updated_at)
        select ('00000000-0000-7000-8002-' || lpad(to_hex(n), 12, '0'))::uuid, w.id, 'a' || n,
            'Topic ' || n, now() - n * interval '9 s', now()
        from generate_series(1, %1$d) n cross join workspaces w;
      insert into runs (id, workspace_id, article_id, request_id, provider, kind, inputs, state,
            started_by_name, created_at)
        select ('00000000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, w.id,
            ('00000000-0000-7000-8002-' || lpad(to_hex(n), 12, '0'))::uuid, gen_random_uuid(),
            'sandbox', 'full', '{}', 'completed', 'ada', now() - n * interval '9 s'
        from generate_series(1, %1$d) n cross join workspaces w;
      """;

  private static final String CUT_OFF =
      "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid()"
          + " and query like '%last_run%' and state = 'active'"
          + " and exists (select from articles where last_run_id is not null)";

  @Override
  public String name() {
    return "migration";
  }

  @Override
  public List<Figure> run() throws Exception {
    var folder = Files.createTempDirectory("keywheel-bench");
    try (var postgres = EmbeddedDatabase.open(folder, new SecureRandom());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var address = ScaleDatabase.superuser(postgres.address(), folder);
      var source = new PGSimpleDataSource();
      source.setUrl(address.jdbcUrl());
      address.user().ifPresent(source::setUser);
      address.password().ifPresent(source::setPassword);
      Migrations.configuration("classpath:db/migration")
          .target(FIRST_RELEASE)
          .dataSource(source)
          .load()
          .migrate();
      execute(source, ROWS.formatted(EACH));
      long start = System.nanoTime();
      var cut = threads.submit(() -> Migrations.apply(source));
      cutOff(source);
      awaitFailure(cut::get);
      double first = (System.nanoTime() - start) / 1e9;
      long filled = number(source, "select count(*) from articles where last_run_id is not null");
      start = System.nanoTime();
      Migrations.apply(source);
      double second = (System.nanoTime() - start) / 1e9;
      long missing = number(source, "select count(*) from articles where last_run_id is null");
      long invalid = number(source, "select count(*) from pg_index where not indisvalid");
      return List.of(
          new Figure("rows of articles and runs", 2.0 * EACH, "", "", "counted"),
          new Figure("until the migration was cut off", first, "s", "", "measured"),
          new Figure("  articles done by then", filled, "", "> 0", "counted"),
          new Figure("started again, to the end", second, "s", "", "measured"),
          new Figure(
              "articles left out, indexes invalid", missing + invalid, "", "= 0", "counted"));
    }
  }

  /** Ends the connection of the migration when the first articles are migrated. */
  private static void cutOff(DataSource source) {
    var filling = "select count(*) from pg_trigger where tgname = 'runs_moved'";
    Await.until("the trigger is there", TIMEOUT, () -> number(source, filling) > 0);
    Await.until("a connection was cut", TIMEOUT, () -> number(source, CUT_OFF) > 0);
  }

  private interface Wait {
    Object get() throws InterruptedException, ExecutionException;
  }

  private static void awaitFailure(Wait wait) throws InterruptedException {
    try {
      wait.get();
      throw new IllegalStateException("The migration was not cut off");
    } catch (ExecutionException expected) {
      return;
    }
  }

  private static void execute(DataSource source, String sql) throws SQLException {
    try (var connection = source.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long number(DataSource source, String sql) {
    try (var connection = source.getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
