package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.NotFound;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class ExecutionLogTest {
  @AutoClose private final TestDatabase postgres = TestDatabase.create();
  private final Database database = postgres.database();
  private final TestClock clock = new TestClock();
  private final ExecutionLog log = new ExecutionLog(database);
  private final UUID home = UUID.randomUUID();
  private final UUID other = UUID.randomUUID();
  private final UUID run = UUID.randomUUID();

  @BeforeEach
  void createTwoWorkspacesAndARun() {
    for (var workspace : List.of(home, other)) {
      database.runTx(
          tx ->
              tx.dsl()
                  .insertInto(WORKSPACES, WORKSPACES.ID, WORKSPACES.NAME, WORKSPACES.CREATED_AT)
                  .values(workspace, "A", clock.instant())
                  .execute());
    }
    database.runTx(tx -> log.open(tx, run, home, StreamKind.RUN));
  }

  private void append(Tx tx, UUID stream, String... messages) {
    var lines = new ArrayList<LogLine>();
    for (var message : messages) {
      lines.add(LogLine.info("test", message));
    }
    log.append(tx, stream, clock.instant(), lines);
  }

  private void append(UUID stream, String... messages) {
    database.runTx(tx -> append(tx, stream, messages));
  }

  private static List<String> messages(List<LogEntry> lines) {
    return lines.stream().map(LogEntry::message).toList();
  }

  @Test
  void a_line_is_read_as_it_was_written() {
    var key = UUID.randomUUID();
    var line =
        LogLine.warn("op.error", "⚠️ Error in \"Tool\" <b>")
            .withOperation(2)
            .about(key)
            .with("http", 429);
    database.runTx(tx -> log.append(tx, run, clock.instant(), List.of(line)));

    var read = log.after(home, run, 0, 10).getFirst();

    assertThat(read.seq()).isEqualTo(1);
    assertThat(read.message()).isEqualTo("⚠️ Error in \"Tool\" <b>");
    assertThat(read.level()).isEqualTo(Level.WARN);
    assertThat(read.code()).isEqualTo("op.error");
    assertThat(read.ordinal()).isEqualTo(2);
    assertThat(read.at()).isEqualTo(clock.instant());
    var stored =
        database.read(dsl -> dsl.select(EVENTS.KEY_ID, EVENTS.DATA).from(EVENTS).fetchSingle());
    assertThat(stored.value1()).isEqualTo(key);
    assertThat(Json.read(stored.value2(), Map.class)).isEqualTo(Map.of("http", 429));
  }

  @Test
  void one_event_is_one_line_whatever_characters_it_contains() {
    append(run, "a\nb\r\nc\u2028d\u0000e\u0085f");
    assertThat(messages(log.after(home, run, 0, 10))).isEqualTo(List.of("a b  c d e f"));
  }

  @Test
  void line_numbers_have_no_gap_when_many_writers_append_at_once_and_some_roll_back()
      throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var done = new CountDownLatch(200);
      for (int i = 0; i < 200; i++) {
        int n = i;
        threads.execute(
            () -> {
              try {
                database.runTx(
                    tx -> {
                      append(tx, run, "line " + n, "more " + n);
                      if (n % 5 == 0) {
                        throw new IllegalStateException("rolled back");
                      }
                    });
              } catch (IllegalStateException expected) {
                assertThat(n % 5).isEqualTo(0);
              } finally {
                done.countDown();
              }
            });
      }
      done.await();
    }
    var lines = log.after(home, run, 0, 1_000);
    assertThat(lines.size()).isEqualTo(320);
    assertThat(lines.stream().map(LogEntry::seq).toList())
        .isEqualTo(LongStream.rangeClosed(1, 320).boxed().toList());
  }

  @Test
  void a_reader_after_a_cursor_gets_each_line_once() {
    append(run, "1", "2", "3", "4", "5");
    assertThat(messages(log.after(home, run, 0, 2))).isEqualTo(List.of("1", "2"));
    assertThat(messages(log.after(home, run, 2, 2))).isEqualTo(List.of("3", "4"));
    assertThat(messages(log.after(home, run, 4, 2))).isEqualTo(List.of("5"));
    assertThat(messages(log.after(home, run, 5, 2))).isEmpty();
    assertThat(messages(log.before(home, run, Long.MAX_VALUE, 2))).isEqualTo(List.of("4", "5"));
    assertThat(messages(log.before(home, run, 4, 2))).isEqualTo(List.of("2", "3"));
  }

  @Test
  void another_workspace_sees_none_of_the_lines() {
    append(run, "1");
    assertThat(log.after(other, run, 0, 10)).isEmpty();
    assertThat(log.newest(other, LogFilter.ALL, 10).lines()).isEmpty();
    assertThatThrownBy(() -> log.writeText(other, run, new StringBuilder()))
        .isInstanceOf(NotFound.class);
  }

  @Test
  void the_text_contains_only_the_messages_one_per_line() {
    append(run, "🎯 Need 7 keys for Round-Robin distribution across all operations", "b");
    for (int i = 0; i < 25; i++) {
      append(run, IntStream.range(0, 100).mapToObj(n -> "x" + n).toArray(String[]::new));
    }
    var text = new StringBuilder();
    log.writeText(home, run, text);
    var lines = text.toString().split("\n", -1);
    assertThat(lines[0])
        .isEqualTo("🎯 Need 7 keys for Round-Robin distribution across all operations");
    assertThat(lines.length).isEqualTo(2_503);
    assertThat(lines[2_502]).isEmpty();
  }

  @Test
  void a_reader_of_all_runs_does_not_miss_a_line_that_commits_late() throws Exception {
    var second = UUID.randomUUID();
    database.runTx(tx -> log.open(tx, second, home, StreamKind.RECOVERY));
    append(run, "before");
    var page = log.newest(home, LogFilter.ALL, 10);
    assertThat(messages(page.lines())).isEqualTo(List.of("before"));

    var written = new CountDownLatch(1);
    var commit = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var late =
          threads.submit(
              () ->
                  database.runTx(
                      tx -> {
                        append(tx, second, "late");
                        written.countDown();
                        await(commit);
                      }));
      await(written);
      append(run, "early");
      var meanwhile = log.since(home, LogFilter.ALL, page.next(), 10);
      assertThat(messages(meanwhile.lines()).contains("late")).isFalse();
      commit.countDown();
      late.get();
      var seen = new ArrayList<>(messages(meanwhile.lines()));
      seen.addAll(messages(log.since(home, LogFilter.ALL, meanwhile.next(), 10).lines()));
      assertThat(seen.size()).isEqualTo(2);
      assertThat(seen.containsAll(List.of("early", "late"))).as(seen.toString()).isTrue();
    }
  }

  @Test
  void a_reader_of_all_runs_gets_each_line_once_while_many_write() throws Exception {
    var streams = IntStream.range(0, 6).mapToObj(i -> UUID.randomUUID()).toList();
    streams.forEach(s -> database.runTx(tx -> log.open(tx, s, home, StreamKind.RUN)));
    var seen = new ArrayList<String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var done = new CountDownLatch(streams.size());
      for (var stream : streams) {
        threads.execute(
            () -> {
              for (int i = 0; i < 60; i++) {
                append(stream, stream + " " + i);
              }
              done.countDown();
            });
      }
      var cursor = LogPage.Cursor.START;
      boolean last;
      do {
        last = done.getCount() == 0;
        LogPage page;
        do {
          page = log.since(home, LogFilter.ALL, cursor, 7);
          seen.addAll(messages(page.lines()));
          cursor = LogPage.Cursor.of(page.next().text());
        } while (page.lines().size() == 7);
      } while (!last);
    }
    assertThat(seen.size()).isEqualTo(360);
    assertThat(new HashSet<>(seen).size()).isEqualTo(360);
  }

  @Test
  void a_filter_selects_lines_by_run_level_text_and_source() {
    database.runTx(
        tx ->
            log.append(
                tx,
                run,
                clock.instant(),
                List.of(
                    LogLine.info("a", "Started 100%"),
                    LogLine.warn("b", "Slow"),
                    LogLine.error("c", "Broken"),
                    LogLine.warn("gw.refused", "Refused a slow one"))));
    assertThat(filtered(new LogFilter(null, Level.WARN, null)))
        .isEqualTo(List.of("Slow", "Broken", "Refused a slow one"));
    assertThat(filtered(new LogFilter(run, Level.ERROR, null))).isEqualTo(List.of("Broken"));
    assertThat(filtered(new LogFilter(null, null, "start"))).isEqualTo(List.of("Started 100%"));
    assertThat(filtered(new LogFilter(null, null, "100%"))).isEqualTo(List.of("Started 100%"));
    assertThat(filtered(new LogFilter(null, null, "%b%"))).isEmpty();
    assertThat(filtered(new LogFilter(UUID.randomUUID(), null, null))).isEmpty();
    assertThat(filtered(new LogFilter(null, null, null, true)))
        .isEqualTo(List.of("Refused a slow one"));
    assertThat(filtered(new LogFilter(run, Level.WARN, "slow", true)))
        .isEqualTo(List.of("Refused a slow one"));
  }

  private List<String> filtered(LogFilter filter) {
    return messages(log.newest(home, filter, 10).lines());
  }

  @Test
  void a_rare_word_in_old_lines_is_found_and_without_the_index_the_search_ends_in_time() {
    append(run, "a needle");
    database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    insert into events (stream_id, seq, workspace_id, at, level, code, message)
                    select ?, n, ?, now(), 'info', 'test', 'hay ' || n
                      from generate_series(2, 120000) n
                    """,
                    run,
                    home));
    var rare = new LogFilter(null, null, "NEEDLE");
    var found = log.newest(home, rare, 10);
    assertThat(messages(found.lines())).isEqualTo(List.of("a needle"));
    assertThat(found.partial()).isFalse();
    assertThat(found.earlier()).isFalse();

    postgres.asOwner("drop index events_containing");
    var partial = log.newest(home, rare, 10);
    assertThat(partial.lines()).isEmpty();
    assertThat(partial.partial() && partial.earlier()).isTrue();
    var rest = log.earlier(home, rare, partial.start(), 10);
    assertThat(messages(rest.lines())).isEqualTo(List.of("a needle"));
    assertThat(rest.earlier()).isFalse();
  }

  @Test
  void a_reader_with_a_text_filter_gets_every_matching_line() {
    var rare = new LogFilter(null, null, "needle");
    var cursor = log.newest(home, rare, 10).next();
    append(run, IntStream.range(0, 25_000).mapToObj(n -> "hay").toArray(String[]::new));
    append(run, "a needle");
    var seen = new ArrayList<String>();
    for (int i = 0; i < 3; i++) {
      var page = log.since(home, rare, cursor, 10);
      seen.addAll(messages(page.lines()));
      cursor = page.next();
    }
    assertThat(seen).isEqualTo(List.of("a needle"));
  }

  @Test
  void the_newest_page_states_whether_there_are_earlier_lines() {
    append(run, "1", "2", "3");
    assertThat(log.newest(home, LogFilter.ALL, 2).earlier()).isTrue();
    assertThat(messages(log.newest(home, LogFilter.ALL, 2).lines())).isEqualTo(List.of("2", "3"));
    assertThat(log.newest(home, LogFilter.ALL, 3).earlier()).isFalse();
  }

  @Test
  void an_idle_write_transaction_anywhere_on_the_server_holds_back_no_line() throws Exception {
    try (var elsewhere = TestDatabase.create();
        var foreign = elsewhere.dataSource().getConnection();
        var here = postgres.dataSource().getConnection()) {
      leaveOpen(foreign);
      leaveOpen(here);
      var page = log.newest(home, LogFilter.ALL, 10);

      append(run, "1", "2");

      assertThat(messages(log.newest(home, LogFilter.ALL, 10).lines()))
          .isEqualTo(List.of("1", "2"));
      var followed = log.since(home, LogFilter.ALL, page.next(), 10);
      assertThat(messages(followed.lines())).isEqualTo(List.of("1", "2"));
      foreign.rollback();
      here.rollback();
    }
  }

  private static void leaveOpen(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (var statement = connection.createStatement()) {
      statement.execute("update workspaces set name = name");
    }
  }

  @Test
  void a_reader_does_not_skip_the_lines_of_a_writer_that_waits_for_its_stream() throws Exception {
    append(run, "0");
    var page = log.newest(home, LogFilter.ALL, 10);
    var second = UUID.randomUUID();
    database.runTx(tx -> log.open(tx, second, home, StreamKind.RECOVERY));
    var written = new CountDownLatch(1);
    var commit = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first =
          threads.submit(
              () ->
                  database.runTx(
                      tx -> {
                        append(tx, run, "1");
                        written.countDown();
                        await(commit);
                      }));
      Future<?> waiting;
      try {
        await(written);
        waiting = threads.submit(() -> append(run, "2"));
        Await.until("a second writer of the stream", () -> waitingForLocks() == 1);
        append(second, "3");
        assertThat(messages(log.since(home, LogFilter.ALL, page.next(), 10).lines())).isEmpty();
      } finally {
        commit.countDown();
      }
      first.get();
      waiting.get();
    }
    var all = messages(log.since(home, LogFilter.ALL, page.next(), 10).lines());
    assertThat(all.size()).isEqualTo(3);
    assertThat(all.stream().filter(line -> !line.equals("3")).toList())
        .isEqualTo(List.of("1", "2"));
  }

  private int waitingForLocks() {
    var here = DSL.condition("datname = current_database() and wait_event_type = 'Lock'");
    return database.read(dsl -> dsl.fetchCount(DSL.table("pg_stat_activity"), here));
  }

  @Test
  void a_malformed_cursor_is_refused() {
    for (var text : List.of("", "1", "1.2", "x.y.z", "1.2.3.4", "1.not-a-uuid.3")) {
      assertThatThrownBy(() -> LogPage.Cursor.of(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void old_lines_after_a_line_of_a_node_whose_clock_was_ahead_are_removed_in_the_same_pass() {
    append(run, "first");
    clock.tick(Duration.ofDays(365));
    append(run, "in the future");
    clock.tick(Duration.ofDays(-365));
    append(run, "second", "third");
    var before = clock.instant().plusSeconds(1);

    RemovedRows removed = database.inTx(tx -> LogRetention.remove(tx, home, before, null, 2));
    while (removed.next() != null) {
      var cursor = removed.next();
      removed = database.inTx(tx -> LogRetention.remove(tx, home, before, cursor, 2));
    }

    assertThat(log.after(home, run, 0, 10))
        .extracting(LogEntry::message)
        .containsExactly("in the future");
  }
}
