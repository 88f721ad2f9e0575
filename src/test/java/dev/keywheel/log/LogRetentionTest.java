package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Ids;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class LogRetentionTest {
  @AutoClose private final TestPool pool = new TestPool();
  private final ExecutionLog log = new ExecutionLog(pool.database);

  private UUID logged(StreamKind kind, int daysAgo) {
    var at = pool.clock.instant().minus(Duration.ofDays(daysAgo));
    var id = Ids.lowerBound(at);
    pool.database.runTx(
        tx -> {
          log.open(tx, id, pool.workspace, kind);
          log.append(tx, id, at, List.of(LogLine.info("gw.refused", "refused")));
        });
    return id;
  }

  private RemovedRows removeStreams(@Nullable String cursor, int limit) {
    var before = pool.clock.instant().minus(Duration.ofDays(90));
    return pool.database.inTx(
        tx -> LogRetention.removeStreamsOfRequests(tx, pool.workspace, before, cursor, limit));
  }

  @Test
  void only_streams_of_old_requests_without_lines_are_removed() {
    var run = logged(StreamKind.RUN, 100);
    var ofRequest = logged(StreamKind.REQUEST, 99);
    logged(StreamKind.REQUEST, 98);
    var withLines = logged(StreamKind.REQUEST, 97);
    var recent = logged(StreamKind.REQUEST, 89);
    pool.database.runTx(
        tx -> tx.dsl().deleteFrom(EVENTS).where(EVENTS.STREAM_ID.ne(withLines)).execute());

    var first = removeStreams(null, 2);

    assertThat(first).isEqualTo(new RemovedRows(1, ofRequest.toString()));
    var second = removeStreams(first.next(), 2);
    assertThat(second.count()).isEqualTo(1);
    assertThat(removeStreams(second.next(), 2)).isEqualTo(new RemovedRows(0, null));
    List<UUID> left =
        pool.database.read(dsl -> dsl.selectFrom(EVENT_STREAMS).fetch(EVENT_STREAMS.ID));
    assertThat(left).containsExactlyInAnyOrder(run, withLines, recent);
  }
}
