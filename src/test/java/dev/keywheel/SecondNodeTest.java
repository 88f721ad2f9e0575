package dev.keywheel;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.db.Tx;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogEntry;
import dev.keywheel.log.LogFilter;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.LogPage;
import dev.keywheel.log.StreamKind;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class SecondNodeTest {
  @AutoClose private static final TestDatabase postgres = TestDatabase.create();
  private static final KekLocation KEK = new KekLocation.Value(TestPool.KEK);

  private final ExecutionLog log = new ExecutionLog(postgres.database());

  @Test
  void a_node_that_starts_while_another_is_busy_neither_reorders_nor_hides_log_lines()
      throws Exception {
    try (var first = RunningApp.on(postgres, KEK);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var workspace = workspace();
      var late = stream(workspace);
      var seen = new ArrayList<String>();
      var viewer = new Viewer(workspace, seen);
      var open = new CountDownLatch(1);
      var commit = new CountDownLatch(1);
      var pending =
          threads.submit(
              () ->
                  postgres
                      .database()
                      .runTx(
                          tx -> {
                            append(tx, late, "late");
                            open.countDown();
                            await(commit);
                          }));
      var stop = new AtomicBoolean();
      var busy = threads.submit(() -> write(stream(workspace), stop));
      try {
        await(open);
        viewer.poll();
        var before = rows();
        RunningApp.on(postgres, KEK).close();
        assertThat(rows()).containsAllEntriesOf(before);
      } finally {
        stop.set(true);
        commit.countDown();
      }
      int written = busy.get();
      pending.get();
      viewer.poll();
      assertThat(seen).doesNotHaveDuplicates().contains("late").hasSize(written + 1);
      assertThat(first.url()).isNotEmpty();
    }
  }

  private int write(UUID stream, AtomicBoolean stop) {
    int written = 0;
    do {
      var message = "line " + ++written;
      postgres.database().runTx(tx -> append(tx, stream, message));
    } while (!stop.get() || written < 10);
    return written;
  }

  private void append(Tx tx, UUID stream, String message) {
    log.append(tx, stream, Instant.now(), List.of(LogLine.info("test", message)));
  }

  private UUID stream(UUID workspace) {
    var stream = UUID.randomUUID();
    postgres.database().runTx(tx -> log.open(tx, stream, workspace, StreamKind.RECOVERY));
    return stream;
  }

  private static UUID workspace() {
    return postgres.database().read(dsl -> dsl.fetchValue(WORKSPACES.ID));
  }

  private static Map<String, Long> rows() {
    return postgres
        .database()
        .read(
            dsl ->
                dsl.selectFrom(EVENTS)
                    .fetchMap(
                        row -> row.get(EVENTS.STREAM_ID) + " " + row.get(EVENTS.SEQ),
                        row -> row.get(EVENTS.POSITION)));
  }

  /** Follows the log of all runs. */
  private final class Viewer {
    private final UUID workspace;
    private final List<String> seen;
    private LogPage.Cursor cursor = LogPage.Cursor.START;

    private Viewer(UUID workspace, List<String> seen) {
      this.workspace = workspace;
      this.seen = seen;
    }

    void poll() {
      LogPage page;
      do {
        page = log.since(workspace, LogFilter.ALL, cursor, 500);
        page.lines().stream().map(LogEntry::message).forEach(seen::add);
        cursor = page.next();
      } while (page.lines().size() == 500);
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
