package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two hundred users who follow a log of ten thousand lines, on a heap of 256 MB. */
@Tag("slow")
@Timeout(180)
class ManyViewersIT {
  private static final int VIEWERS = 200;
  private static final int LINES = 10_000;
  private static final int POLLS = 8;
  private static final Duration POLL_EVERY = Duration.ofSeconds(1);

  /**
   * The limit is half a second for a server that has two cores for itself; here it shares them with
   * the viewers.
   */
  private static final Duration SLOWEST = Duration.ofSeconds(1);

  @TempDir private Path folder;

  @Test
  void polls_stay_fast_and_the_page_shows_the_newest_lines() throws Exception {
    try (var database = TestDatabase.create();
        var keywheel =
            OnDatabase.start(
                folder,
                database.address().jdbcUrl(),
                URI.create("http://127.0.0.1:9/api/v1"),
                List.of())) {
      var browser = OnDatabase.signedIn(keywheel);
      var run = UUID.fromString(OnDatabase.generate(browser).replace("/runs/", ""));
      write(database, run);
      assertThat(browser.get("/runs/" + run).page().select("li.log-line").eachText())
          .hasSize(500)
          .anyMatch(line -> line.endsWith("Line " + LINES));
      var took = polls(browser, run);
      assertThat(took.get(took.size() * 95 / 100)).as("p95 of " + took.size()).isLessThan(SLOWEST);
      assertThat(keywheel.output()).doesNotContain("OutOfMemoryError");
      assertThat(keywheel.alive()).isTrue();
    }
  }

  private static void write(TestDatabase database, UUID run) {
    database
        .database()
        .runTx(
            tx -> {
              tx.dsl()
                  .execute(
                      """
                      insert into events (stream_id, seq, workspace_id, at, level, code, message)
                      select s.id, s.last_seq + n, s.workspace_id, now(), 'info', 'test', 'Line ' || n
                        from event_streams s, generate_series(1, ?) n where s.id = ?""",
                      LINES,
                      run);
              tx.dsl()
                  .update(EVENT_STREAMS)
                  .set(EVENT_STREAMS.LAST_SEQ, EVENT_STREAMS.LAST_SEQ.plus(LINES))
                  .where(EVENT_STREAMS.ID.eq(run))
                  .execute();
            });
  }

  /** The duration of each poll, shortest first. */
  private static List<Duration> polls(HttpBrowser browser, UUID run) throws Exception {
    var path = "/log/streams/" + run + "/lines?after=" + (LINES + 100);
    var took = new ArrayList<Duration>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var viewers = new ArrayList<Future<List<Duration>>>();
      for (int viewer = 0; viewer < VIEWERS; viewer++) {
        long later = POLL_EVERY.toNanos() * viewer / VIEWERS;
        viewers.add(threads.submit(() -> follow(browser, path, later)));
      }
      for (var viewer : viewers) {
        took.addAll(viewer.get());
      }
    }
    took.sort(null);
    return took;
  }

  private static List<Duration> follow(HttpBrowser browser, String path, long later) {
    LockSupport.parkNanos(later);
    var took = new ArrayList<Duration>();
    for (int poll = 0; poll < POLLS; poll++) {
      long start = System.nanoTime();
      browser.fetchSize(path);
      took.add(Duration.ofNanos(System.nanoTime() - start));
      LockSupport.parkNanos(POLL_EVERY.toNanos());
    }
    return took;
  }
}
