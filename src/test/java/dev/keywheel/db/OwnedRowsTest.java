package dev.keywheel.db;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.Observations;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.LogRetention;
import dev.keywheel.log.StreamKind;
import dev.keywheel.support.Await;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestKeys;
import dev.keywheel.support.TestPool;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Rows that belong to another row without a foreign key are deleted with that row. */
class OwnedRowsTest {
  @AutoClose private final TestPool t = new TestPool();
  private final ExecutionLog log = new ExecutionLog(t.database);

  @Test
  void the_history_of_a_deleted_key_is_deleted_and_no_other() {
    var keys = t.add("ada", "bob");
    assertThat(historyOf(keys.getFirst())).isEqualTo(1);

    t.database.runTx(tx -> delete(tx, keys.getFirst()));

    assertThat(historyOf(keys.getFirst())).isZero();
    assertThat(historyOf(keys.getLast())).isEqualTo(1);
  }

  @Test
  void history_written_while_its_key_is_deleted_is_deleted_too() throws Exception {
    var key = t.add("ada").getFirst();
    var refused = Observations.checked(key, Observations.refused(t.clock.instant()));

    inTurn(
        tx -> {
          t.pool.rotation().lock(tx, t.id);
          t.pool
              .updater()
              .recordChecks(tx, t.id, List.of(refused), t.clock.instant(), TestKeys.ACTOR);
        },
        tx -> delete(tx, key));

    assertThat(historyOf(key)).isZero();
  }

  @Test
  void the_lines_of_a_deleted_stream_are_deleted_and_no_others() {
    var streams = List.of(stream(), stream());
    streams.forEach(stream -> t.database.runTx(tx -> append(tx, stream)));

    t.database.runTx(tx -> LogRetention.removeStreams(tx, List.of(streams.getFirst())));

    assertThat(linesOf(streams.getFirst())).isZero();
    assertThat(linesOf(streams.getLast())).isEqualTo(1);
  }

  @Test
  void a_line_written_while_its_stream_is_deleted_is_deleted_too() throws Exception {
    var stream = stream();

    inTurn(tx -> append(tx, stream), tx -> LogRetention.removeStreams(tx, List.of(stream)));

    assertThat(linesOf(stream)).isZero();
  }

  /** The planner assumes that the tables are empty, because they were vacuumed while empty. */
  @Test
  void a_deletion_reads_the_rows_that_it_deletes_and_no_others() {
    var keys = t.add(20);
    var streams = Stream.generate(this::stream).limit(20).toList();
    t.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    insert into key_changes (key_id, at, kind, actor)
                    select id, now(), 'renamed', 'test' from api_keys, generate_series(1, 499)
                    """));
    var lines = Collections.nCopies(500, LogLine.info("test", "a line"));
    streams.forEach(
        stream -> t.database.runTx(tx -> log.append(tx, stream, t.clock.instant(), lines)));
    t.test.setEmptyTableStatistics();

    long changes =
        RowsRead.by(
            t.database,
            dsl -> dsl.deleteFrom(API_KEYS).where(API_KEYS.ID.in(keys.subList(0, 5))).execute(),
            "key_changes");
    long ofStreams =
        RowsRead.by(
            t.database,
            dsl -> LogRetention.removeStreams(new Tx(dsl), streams.subList(0, 5)),
            "events");

    assertThat(List.of(changes, ofStreams)).containsExactly(2_500L, 2_500L);
    assertThat(t.database.<Integer>read(dsl -> dsl.fetchCount(KEY_CHANGES))).isEqualTo(7_500);
    assertThat(t.database.<Integer>read(dsl -> dsl.fetchCount(EVENTS))).isEqualTo(7_500);
  }

  /**
   * The second transaction waits for a lock of the first, and continues when the first is
   * committed.
   */
  private void inTurn(Consumer<Tx> first, Consumer<Tx> second) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var later =
          t.database.inTx(
              tx -> {
                first.accept(tx);
                var waits = threads.submit(() -> t.database.runTx(second));
                Await.until("the second waits", () -> TestDatabase.anotherWaitsForLock(tx));
                return waits;
              });
      later.get();
    }
  }

  private static void delete(Tx tx, UUID key) {
    tx.dsl().deleteFrom(API_KEYS).where(API_KEYS.ID.eq(key)).execute();
  }

  private UUID stream() {
    var id = t.ids.next();
    t.database.runTx(tx -> log.open(tx, id, t.workspace, StreamKind.RUN));
    return id;
  }

  private void append(Tx tx, UUID stream) {
    log.append(tx, stream, t.clock.instant(), List.of(LogLine.info("test", "a line")));
  }

  private int historyOf(UUID key) {
    return t.database.read(dsl -> dsl.fetchCount(KEY_CHANGES, KEY_CHANGES.KEY_ID.eq(key)));
  }

  private int linesOf(UUID stream) {
    return t.database.read(dsl -> dsl.fetchCount(EVENTS, EVENTS.STREAM_ID.eq(stream)));
  }
}
