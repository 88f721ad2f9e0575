package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.NotFound;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExecutionLogTest {
  private final TestDatabase postgres = TestDatabase.create();
  private final Database database = postgres.database();
  private final TestClock clock = new TestClock();
  private final ExecutionLog log = new ExecutionLog(database);
  private final UUID home = UUID.randomUUID();
  private final UUID other = UUID.randomUUID();
  private final UUID run = UUID.randomUUID();

  @BeforeEach
  void two_workspaces_and_a_run() {
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

  @AfterEach
  void close() {
    postgres.close();
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
  void a_line_comes_back_as_it_was_written() {
    var key = UUID.randomUUID();
    var line =
        LogLine.warn("op.error", "⚠️ Error in \"Tool\" <b>").of(2).about(key).with("http", 429);
    database.runTx(tx -> log.append(tx, run, clock.instant(), List.of(line)));

    var read = log.after(home, run, 0, 10).getFirst();

    assertEquals(1, read.seq());
    assertEquals("⚠️ Error in \"Tool\" <b>", read.message());
    assertEquals(Level.WARN, read.level());
    assertEquals("op.error", read.code());
    assertEquals(2, read.ordinal());
    assertEquals(key, read.keyId());
    assertEquals(429, read.data().get("http"));
    assertEquals(clock.instant(), read.at());
    assertEquals(StreamKind.RUN, read.kind());
  }

  @Test
  void one_event_stays_one_line_whatever_is_in_it() {
    append(run, "a\nb\r\nc\u2028d\u0000e\u0085f");
    assertEquals(List.of("a b  c d e f"), messages(log.after(home, run, 0, 10)));
  }

  @Test
  void numbers_have_no_gap_when_many_write_at_once_and_some_roll_back() throws Exception {
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
                assertEquals(0, n % 5);
              } finally {
                done.countDown();
              }
            });
      }
      done.await();
    }
    var lines = log.after(home, run, 0, 1_000);
    assertEquals(320, lines.size());
    assertEquals(
        LongStream.rangeClosed(1, 320).boxed().toList(),
        lines.stream().map(LogEntry::seq).toList());
  }

  @Test
  void a_reader_after_a_cursor_gets_each_line_once() {
    append(run, "1", "2", "3", "4", "5");
    assertEquals(List.of("1", "2"), messages(log.after(home, run, 0, 2)));
    assertEquals(List.of("3", "4"), messages(log.after(home, run, 2, 2)));
    assertEquals(List.of("5"), messages(log.after(home, run, 4, 2)));
    assertEquals(List.of(), messages(log.after(home, run, 5, 2)));
    assertEquals(List.of("4", "5"), messages(log.last(home, run, 2)));
    assertEquals(List.of("2", "3"), messages(log.before(home, run, 4, 2)));
  }

  @Test
  void another_workspace_sees_nothing() {
    append(run, "1");
    assertEquals(List.of(), log.after(other, run, 0, 10));
    assertEquals(List.of(), log.newest(other, LogFilter.ALL, 10).lines());
    assertThrows(NotFound.class, () -> log.writeText(other, run, new StringBuilder()));
  }

  @Test
  void the_text_is_the_messages_alone_one_a_line() {
    append(run, "🎯 Need 7 keys for Round-Robin distribution across all operations", "b");
    for (int i = 0; i < 25; i++) {
      append(run, IntStream.range(0, 100).mapToObj(n -> "x" + n).toArray(String[]::new));
    }
    var text = new StringBuilder();
    log.writeText(home, run, text);
    var lines = text.toString().split("\n", -1);
    assertEquals("🎯 Need 7 keys for Round-Robin distribution across all operations", lines[0]);
    assertEquals(2_503, lines.length);
    assertEquals("", lines[2_502]);
  }

  @Test
  void a_line_that_commits_late_is_not_missed_by_who_follows_all_runs() throws Exception {
    var second = UUID.randomUUID();
    database.runTx(tx -> log.open(tx, second, home, StreamKind.RECOVERY));
    append(run, "before");
    var page = log.newest(home, LogFilter.ALL, 10);
    assertEquals(List.of("before"), messages(page.lines()));

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
      assertFalse(messages(meanwhile.lines()).contains("late"));
      commit.countDown();
      late.get();
      var seen = new ArrayList<>(messages(meanwhile.lines()));
      seen.addAll(messages(log.since(home, LogFilter.ALL, meanwhile.next(), 10).lines()));
      assertEquals(2, seen.size());
      assertTrue(seen.containsAll(List.of("early", "late")), seen.toString());
    }
  }

  @Test
  void who_follows_all_runs_gets_each_line_once_while_many_write() throws Exception {
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
    assertEquals(360, seen.size());
    assertEquals(360, new HashSet<>(seen).size());
  }

  @Test
  void a_filter_lets_through_what_it_names() {
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
    assertEquals(
        List.of("Slow", "Broken", "Refused a slow one"),
        filtered(new LogFilter(null, Level.WARN, null)));
    assertEquals(List.of("Broken"), filtered(new LogFilter(run, Level.ERROR, null)));
    assertEquals(List.of("Started 100%"), filtered(new LogFilter(null, null, "start")));
    assertEquals(List.of("Started 100%"), filtered(new LogFilter(null, null, "100%")));
    assertEquals(List.of(), filtered(new LogFilter(null, null, "%b%")));
    assertEquals(List.of(), filtered(new LogFilter(UUID.randomUUID(), null, null)));
    assertEquals(List.of("Refused a slow one"), filtered(new LogFilter(null, null, null, true)));
    assertEquals(
        List.of("Refused a slow one"), filtered(new LogFilter(run, Level.WARN, "slow", true)));
  }

  private List<String> filtered(LogFilter filter) {
    return messages(log.newest(home, filter, 10).lines());
  }

  @Test
  void a_rare_word_far_back_is_found_and_without_its_index_the_search_ends_in_time() {
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
    assertEquals(List.of("a needle"), messages(found.lines()));
    assertFalse(found.partial());
    assertFalse(found.earlier());

    postgres.asOwner("drop index events_containing");
    var partial = log.newest(home, rare, 10);
    assertEquals(List.of(), partial.lines());
    assertTrue(partial.partial() && partial.earlier());
    var rest = log.earlier(home, rare, partial.start(), 10);
    assertEquals(List.of("a needle"), messages(rest.lines()));
    assertFalse(rest.earlier());
  }

  @Test
  void who_follows_a_text_gets_every_line_of_it_however_many_others_come_between() {
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
    assertEquals(List.of("a needle"), seen);
  }

  @Test
  void the_newest_page_says_whether_there_is_more_before_it() {
    append(run, "1", "2", "3");
    assertTrue(log.newest(home, LogFilter.ALL, 2).earlier());
    assertEquals(List.of("2", "3"), messages(log.newest(home, LogFilter.ALL, 2).lines()));
    assertFalse(log.newest(home, LogFilter.ALL, 3).earlier());
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

      assertEquals(List.of("1", "2"), messages(log.newest(home, LogFilter.ALL, 10).lines()));
      var followed = log.since(home, LogFilter.ALL, page.next(), 10);
      assertEquals(List.of("1", "2"), messages(followed.lines()));
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
  void a_writer_that_waits_for_its_stream_is_not_passed_over() throws Exception {
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
        assertEquals(List.of(), messages(log.since(home, LogFilter.ALL, page.next(), 10).lines()));
      } finally {
        commit.countDown();
      }
      first.get();
      waiting.get();
    }
    var all = messages(log.since(home, LogFilter.ALL, page.next(), 10).lines());
    assertEquals(3, all.size());
    assertEquals(List.of("1", "2"), all.stream().filter(line -> !line.equals("3")).toList());
  }

  private int waitingForLocks() {
    var here = DSL.condition("datname = current_database() and wait_event_type = 'Lock'");
    return database.read(dsl -> dsl.fetchCount(DSL.table("pg_stat_activity"), here));
  }

  @Test
  void a_cursor_that_was_not_made_here_is_refused() {
    for (var text : List.of("", "1", "1.2", "x.y.z", "1.2.3.4", "1.not-a-uuid.3")) {
      assertThrows(IllegalArgumentException.class, () -> LogPage.Cursor.of(text), text);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
