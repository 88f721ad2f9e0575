package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Migrations;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

/** Creation of the schema by several nodes at once, or by one that is killed during it. */
@Tag("full")
@Timeout(300)
class MigrationFaultsTest {
  private static final String COLUMNS =
      "select table_name || '.' || column_name || ' ' || data_type from information_schema.columns"
          + " where table_schema = 'public' order by 1";
  private static final String APPLIED = "select version from flyway_schema_history where success";

  private static final String WAITING =
      "select pid from pg_stat_activity where datname = 'unmigrated' and wait_event_type = 'Lock'";
  private static final Duration SOON = Duration.ofSeconds(60);

  @AutoClose private final TestDatabase migrated = TestDatabase.create();
  private final PGSimpleDataSource empty = new PGSimpleDataSource();
  private String emptyUrl = "";

  @BeforeEach
  void create() throws SQLException {
    var url = migrated.superuser().jdbcUrl();
    execute(url, "drop database if exists unmigrated with (force)");
    execute(url, "create database unmigrated owner keywheel_owner");
    emptyUrl = migrated.owner().jdbcUrl().replaceAll("/test_\\d+", "/unmigrated");
    empty.setUrl(emptyUrl);
  }

  @Test
  void nodes_that_start_at_once_apply_each_migration_once() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var nodes =
          IntStream.range(0, 3)
              .mapToObj(i -> threads.submit(() -> Migrations.apply(empty)))
              .toList();
      int applied = 0;
      for (var node : nodes) {
        applied += node.get();
      }
      assertThat(applied).isEqualTo(rows(emptyUrl, APPLIED).size());
    }
    assertMigrated();
  }

  @Test
  void a_node_killed_during_migrations_leaves_only_complete_ones() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var holder = DriverManager.getConnection(emptyUrl)) {
      applyFirst(32);
      holder.setAutoCommit(false);
      holder.createStatement().execute("lock table runs in access exclusive mode");
      var cut = threads.submit(() -> Migrations.apply(empty));
      Await.until("a later migration waits", SOON, () -> !rows(WAITING).isEmpty());
      execute(emptyUrl, WAITING.replace("select pid", "select pg_terminate_backend(pid)"));
      assertThat(cut).failsWithin(SOON);
    }
    assertThat(applied()).isLessThan(rows(migrated.address().jdbcUrl(), APPLIED).size());
    Migrations.apply(empty);
    assertMigrated();
  }

  @Test
  void a_migration_that_waited_too_long_for_a_lock_continues_at_the_next_start() throws Exception {
    applyFirst(32);
    empty.setOptions("-c lock_timeout=200ms");
    try (var holder = DriverManager.getConnection(emptyUrl)) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("lock table runs in access exclusive mode");
      assertThatThrownBy(() -> Migrations.apply(empty)).hasMessageContaining("lock timeout");
    }
    Migrations.apply(empty);
    assertMigrated();
  }

  private void applyFirst(int first) {
    Migrations.configuration("classpath:db/migration")
        .target(String.valueOf(first))
        .dataSource(empty)
        .load()
        .migrate();
  }

  private void assertMigrated() throws SQLException {
    var url = migrated.address().jdbcUrl();
    assertThat(rows(emptyUrl, COLUMNS)).isEqualTo(rows(url, COLUMNS));
    assertThat(rows(emptyUrl, APPLIED)).isEqualTo(rows(url, APPLIED));
  }

  private int applied() {
    return rows(APPLIED).size();
  }

  /** Returns an empty list while the tables do not exist. */
  private List<String> rows(String sql) {
    try {
      return rows(emptyUrl, sql);
    } catch (SQLException notThereYet) {
      return List.of();
    }
  }

  private static void execute(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> rows(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      var found = new ArrayList<String>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    }
  }
}
