package dev.keywheel;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.TransientErrors;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.StreamKind;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.retention.Retention;
import dev.keywheel.retention.RetentionReport;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.retention.RetentionTask;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.RandomAttempts;
import dev.keywheel.support.TestPool;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jooq.Table;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final int OLD_LINES = 12_000;

  @AutoClose private final TestPool pool = new TestPool();
  private final SettingsStore settings = new SettingsStore(pool.database);
  private final ExecutionLog log = new ExecutionLog(pool.database);
  private final Audit audit = new Audit(pool.database, pool.vault.auditKeys(), pool.clock);
  private final UUID run = UUID.randomUUID();

  private Retention retention(List<RetentionTask> tasks) {
    return new Retention(pool.database, settings, audit, pool.clock, tasks);
  }

  private Retention retention() {
    return retention(RetentionTasks.all(audit));
  }

  private void execute(String sql, Object... values) {
    pool.database.runTx(tx -> tx.dsl().execute(sql, values));
  }

  private int count(Table<?> table) {
    return pool.database.read(dsl -> dsl.fetchCount(table));
  }

  private void insertLines(int count, Duration age) {
    execute(
        """
        insert into events (stream_id, seq, workspace_id, at, level, code, message)
        select ?, last_seq + n, ?, ?::timestamptz, 'info', 'test', 'line'
          from event_streams, generate_series(1, ?) n where id = ?
        """,
        run,
        pool.workspace,
        pool.clock.instant().minus(age).toString(),
        count,
        run);
    execute("update event_streams set last_seq = last_seq + ? where id = ?", count, run);
  }

  private void insertLog() {
    pool.database.runTx(tx -> log.open(tx, run, pool.workspace, StreamKind.RUN));
    insertLines(OLD_LINES, Duration.ofDays(91));
    insertLines(10, Duration.ofDays(89));
  }

  @Test
  void old_log_lines_are_removed_in_parts_and_the_log_reports_their_removal() {
    insertLog();
    var retention = retention();

    retention.run();

    assertThat(count(EVENTS)).isEqualTo(10);
    var tail = log.tail(pool.workspace, run, 100);
    assertThat(tail.lines()).hasSize(10);
    assertThat(tail.earlier()).isFalse();
    assertThat(tail.removed()).isTrue();
    assertThat(log.tail(pool.workspace, run, 5).removed()).isFalse();
    var report = retention.reports(pool.workspace).getFirst();
    assertThat(report)
        .isEqualTo(
            new RetentionReport(
                "log lines", OLD_LINES, pool.clock.instant().minus(Duration.ofDays(90))));
    pool.clock.tick(Duration.ofDays(10));
    retention.run();
    assertThat(log.tail(pool.workspace, run, 100).removed()).isTrue();
  }

  @Test
  void the_log_of_a_run_that_has_not_ended_is_kept_whatever_its_age() {
    var waiting =
        RandomAttempts.run(
            pool.database, pool.ids, pool.workspace, "openrouter", pool.clock.instant());
    execute("update runs set state = 'waiting_keys' where id = ?", waiting);
    pool.database.runTx(
        tx -> {
          log.open(tx, waiting, pool.workspace, StreamKind.RUN);
          var created = pool.clock.instant().minus(Duration.ofDays(100));
          log.append(tx, waiting, created, List.of(LogLine.info("run.created", "created")));
        });
    insertLog();

    retention().run();

    assertThat(log.tail(pool.workspace, waiting, 100).lines()).hasSize(1);
    assertThat(count(EVENTS)).as("the lines of the other run").isEqualTo(10 + 1);
    execute("update runs set state = 'failed', ended_at = now() where id = ?", waiting);
    retention().run();
    assertThat(log.tail(pool.workspace, waiting, 100).lines()).isEmpty();
  }

  /**
   * The table was vacuumed while it was empty, so the planner does not expect the lines written
   * since then. A join of the lines with each other takes minutes instead of milliseconds, although
   * it reads no more rows.
   */
  @Test
  void lines_are_removed_in_time_while_the_planner_assumes_an_empty_table() {
    insertLog();
    pool.test.setEmptyTableStatistics();
    pool.database.runTx(
        tx -> {
          tx.dsl().execute("set local statement_timeout = '30s'");
          var before = pool.clock.instant().minus(Duration.ofDays(90));
          var log = RetentionTasks.all(audit).getFirst().batch();
          assertThat(log.remove(tx, pool.workspace, before, null, OLD_LINES).count())
              .isEqualTo(OLD_LINES);
        });
  }

  @Test
  void a_part_of_the_log_begins_after_the_lines_that_were_read_before() {
    insertLog();
    var before = pool.clock.instant().minus(Duration.ofDays(90));
    var part = RetentionTasks.all(audit).getFirst().batch();
    var positions =
        pool.database.read(
            dsl -> dsl.select(EVENTS.POSITION).from(EVENTS).orderBy(EVENTS.POSITION).fetch());

    pool.database.runTx(
        tx -> {
          var tenth = positions.get(9).value1();
          assertThat(part.remove(tx, pool.workspace, before, null, 10))
              .isEqualTo(new RemovedRows(10, tenth.toString()));
          var twentieth = positions.get(19).value1();
          part.remove(tx, pool.workspace, before, twentieth.toString(), 10);
        });

    var left = pool.database.read(dsl -> dsl.fetchValues(EVENTS.POSITION));
    assertThat(left)
        .hasSize(OLD_LINES - 10)
        .contains(positions.get(10).value1(), positions.get(19).value1());
  }

  @Test
  void the_audit_log_lists_removed_data_once_a_day() {
    insertLog();
    var retention = retention();
    retention.run();
    insertLines(5, Duration.ofDays(100));
    retention.run();
    assertThat(audited()).containsExactly("{\"rows\": \"12000\"}");
    pool.clock.tick(Duration.ofDays(1));
    retention.run();
    assertThat(audited()).containsExactly("{\"rows\": \"12000\"}", "{\"rows\": \"5\"}");
  }

  private List<String> audited() {
    return pool.database.read(
        dsl ->
            dsl.resultQuery(
                    "select jsonb_build_object('rows', details->'rows')::text from audit_events"
                        + " where action = 'removed old data' order by id")
                .fetchInto(String.class));
  }

  @Test
  void a_key_keeps_its_last_fifty_changes_and_tests_whatever_their_age() {
    var keys = pool.add(2);
    insertHistory(keys.getFirst(), 70, Duration.ofDays(200));
    insertHistory(keys.getLast(), 30, Duration.ofDays(200));
    insertHistory(keys.getLast(), 30, Duration.ofDays(10));
    int added = count(KEY_CHANGES) - 130;

    retention().run();

    // The change that added a key is either its oldest one or one of those kept.
    assertThat(count(KEY_TESTS)).isEqualTo(50 + 50);
    assertThat(count(KEY_CHANGES)).isBetween(100, 100 + added);
    assertThat(count(RECOVERIES)).as("one for each test that is kept").isEqualTo(100);
  }

  @Test
  void the_history_of_all_keys_is_read_once_a_day_and_when_the_period_becomes_shorter() {
    var task = task(RetentionTasks.all(audit).get(1), () -> new RemovedRows(1, null));
    var retention = retention(List.of(task));
    retention.run();
    retention.run();
    assertThat(retention.reports(pool.workspace).getFirst().removed()).isEqualTo(1);
    save(new RetentionSettings(90, 170, 30, 7, 0, 30, 7));
    retention.run();
    assertThat(retention.reports(pool.workspace).getFirst().removed()).isEqualTo(2);
    pool.clock.tick(Duration.ofDays(1));
    retention.run();
    assertThat(retention.reports(pool.workspace).getFirst().removed()).isEqualTo(3);
  }

  private void save(RetentionSettings kept) {
    pool.database.runTx(
        tx ->
            settings.writeInstance(tx, RetentionSettings.NAME, kept, "test", pool.clock.instant()));
  }

  /** Adds changes, and tests in one batch each, at intervals of one second. */
  private void insertHistory(UUID key, int times, Duration age) {
    var at = pool.clock.instant().minus(age).toString();
    execute(
        """
        insert into key_changes (key_id, at, kind, actor)
        select ?, ?::timestamptz + n * interval '1 second', 'renamed', 'test'
          from generate_series(1, ?) n
        """,
        key,
        at,
        times);
    execute(
        """
        with made as (
          insert into recoveries (id, workspace_id, provider, trigger, state, started_at, ended_at)
          select gen_random_uuid(), ?, 'openrouter', 'asked', 'done',
                 ?::timestamptz + n * interval '1 second', ?::timestamptz + n * interval '1 second'
            from generate_series(1, ?) n
          returning id, started_at, ended_at)
        insert into key_tests (recovery_id, key_id, asked_at, from_status, result, ended_at)
        select id, ?, started_at, 'active', 'active', ended_at from made
        """,
        pool.workspace,
        at,
        at,
        times,
        key);
  }

  @Test
  void import_previews_are_removed_after_the_configured_days() {
    execute(
        """
        insert into key_imports (id, workspace_id, provider, created_by, created_at, data_key_id)
        select gen_random_uuid(), ?, 'openrouter', ?, ?::timestamptz - n * interval '1 day', id
          from data_keys, generate_series(1, 10) n where purpose = 'secrets'
        """,
        pool.workspace,
        pool.admin.userId(),
        pool.clock.instant().plusSeconds(60).toString());
    retention().run();
    assertThat(count(KEY_IMPORTS)).isEqualTo(7);
    save(new RetentionSettings(90, 180, 30, 2, 0, 30, 7));
    retention().run();
    assertThat(count(KEY_IMPORTS)).isEqualTo(2);
  }

  @Test
  void a_pass_that_exceeds_its_time_limit_continues_later_while_other_nodes_work()
      throws Exception {
    insertLog();
    var whole = RetentionTasks.all(audit).getFirst();
    var slow =
        new RetentionTask(
            whole.kind(),
            whole.label(),
            whole.days(),
            (tx, workspace, before, cursor, limit) -> {
              pool.clock.tick(Duration.ofSeconds(45));
              return whole.batch().remove(tx, workspace, before, cursor, limit);
            });
    retention(List.of(slow)).run();
    assertThat(count(EVENTS)).isEqualTo(OLD_LINES + 10 - 10_000);
    assertThat(retention().reports(pool.workspace).getFirst().keptSince()).isNull();

    try (var nodes = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = nodes.submit(this::runBesideAnotherNode);
      var second = nodes.submit(this::runBesideAnotherNode);
      first.get();
      second.get();
    }
    retention().run();
    assertThat(count(EVENTS)).isEqualTo(10);
    assertThat(retention().reports(pool.workspace).getFirst().removed()).isEqualTo(OLD_LINES);
    assertThat(count(AUDIT_EVENTS)).isEqualTo(1);
  }

  /**
   * On a busy machine the other node may hold a lock longer than a job waits; the job then runs
   * again.
   */
  private void runBesideAnotherNode() {
    try {
      retention().run();
    } catch (RuntimeException e) {
      if (!TransientErrors.isTransient(e)) {
        throw e;
      }
    }
  }

  @Test
  void a_task_that_fails_in_one_workspace_stops_no_other_and_fails_the_job() {
    insertLog();
    var whole = RetentionTasks.all(audit).getFirst();
    var first = new UUID(0, 1);
    execute("insert into workspaces (id, name, created_at) values (?, 'First', now())", first);
    var task =
        new RetentionTask(
            whole.kind(),
            whole.label(),
            whole.days(),
            (tx, workspace, before, cursor, limit) -> {
              if (workspace.equals(first)) {
                throw new IllegalStateException("a row that cannot be read");
              }
              return whole.batch().remove(tx, workspace, before, cursor, limit);
            });
    assertThatThrownBy(retention(List.of(task))::run).hasMessage("a row that cannot be read");
    assertThat(count(EVENTS)).isEqualTo(10);
  }

  @Test
  void a_task_that_takes_all_the_time_or_exceeds_a_time_limit_stops_no_other() {
    insertLog();
    var all = RetentionTasks.all(audit);
    var endless =
        task(
            all.get(1),
            () -> {
              pool.clock.tick(Duration.ofSeconds(15));
              return new RemovedRows(1, "next");
            });
    var slow =
        task(
            all.get(2),
            () -> {
              throw new DataAccessException("", new SQLException("lock timeout", "55P03"));
            });
    assertThatThrownBy(retention(List.of(endless, slow, all.getFirst()))::run)
        .matches(TransientErrors::isTransient);
    assertThat(count(EVENTS)).isEqualTo(10);
  }

  @Test
  void a_transient_error_does_not_hide_a_later_permanent_one() {
    var all = RetentionTasks.all(audit);
    var slow =
        task(
            all.getFirst(),
            () -> {
              throw new DataAccessException("", new SQLException("lock timeout", "55P03"));
            });
    var failing =
        task(
            all.get(1),
            () -> {
              throw new IllegalStateException("a row that cannot be read");
            });
    assertThatThrownBy(retention(List.of(slow, failing))::run)
        .hasMessage("a row that cannot be read");
  }

  @Test
  void an_outage_of_the_database_ends_a_run_at_once() {
    insertLog();
    var all = RetentionTasks.all(audit);
    var lost =
        task(
            all.get(1),
            () -> {
              throw new DataAccessException("", new SQLException("connection lost", "08006"));
            });
    assertThatThrownBy(retention(List.of(lost, all.getFirst()))::run)
        .matches(TransientErrors::isOfConnection);
    assertThat(count(EVENTS)).isEqualTo(OLD_LINES + 10);
  }

  private static RetentionTask task(RetentionTask same, Supplier<RemovedRows> batch) {
    return new RetentionTask(
        same.kind(), same.label(), same.days(), same.interval(), (_, _, _, _, _) -> batch.get());
  }

  @Test
  void each_part_of_a_pass_begins_where_the_previous_part_ended() {
    var cursors = new ArrayList<@Nullable String>();
    var whole = RetentionTasks.all(audit).getFirst();
    var task =
        new RetentionTask(
            whole.kind(),
            whole.label(),
            whole.days(),
            (tx, workspace, before, cursor, limit) -> {
              cursors.add(cursor);
              return new RemovedRows(1, cursor == null ? "a" : cursor.equals("a") ? "b" : null);
            });
    retention(List.of(task)).run();
    assertThat(cursors).containsExactly(null, "a", "b");
  }

  @Test
  void a_run_begins_with_the_workspace_after_the_last_one_of_the_previous_run() {
    for (int i = 1; i <= 3; i++) {
      execute(
          "insert into workspaces (id, name, created_at) values (?, ?, now())",
          new UUID(0, i),
          "Workspace " + i);
    }
    var whole = RetentionTasks.all(audit).getFirst();
    var begun = new ArrayList<UUID>();
    var slow =
        new RetentionTask(
            whole.kind(),
            whole.label(),
            whole.days(),
            (tx, workspace, before, cursor, limit) -> {
              begun.add(workspace);
              pool.clock.tick(Duration.ofSeconds(40));
              return new RemovedRows(1, "next");
            });
    var retention = retention(List.of(slow));
    for (int run = 0; run < 3; run++) {
      retention.run();
    }
    assertThat(begun).hasSize(6).startsWith(new UUID(0, 1), new UUID(0, 2), new UUID(0, 3));
    assertThat(begun.subList(0, 4)).contains(pool.workspace);
  }
}
