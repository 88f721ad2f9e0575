package dev.keywheel.gateway.ledger;

import static dev.keywheel.db.schema.Tables.GATEWAY_NODES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.db.Database;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.LoggerFactory;

class NodeLivenessTest {
  @AutoClose private final TestPool pool = new TestPool();
  private final NodeLiveness liveness =
      new NodeLiveness(pool.database, UUID.randomUUID(), pool.clock);

  @Test
  void a_node_reports_that_it_is_alive_at_most_once_per_interval_also_if_its_clock_is_set_back() {
    liveness.beat();
    var first = seenAt();
    pool.clock.tick(NodeLiveness.BEAT_INTERVAL.minusSeconds(1));
    liveness.beat();
    assertThat(seenAt()).isEqualTo(first);
    pool.clock.tick(Duration.ofHours(-1));
    liveness.beat();
    assertThat(seenAt()).isEqualTo(pool.clock.instant());
  }

  @Test
  void a_node_that_stops_without_a_database_logs_that_its_row_stays() {
    var source = new PGSimpleDataSource();
    source.setUrl("jdbc:postgresql://127.0.0.1:1/nothing");
    var cutOff = new NodeLiveness(new Database(source), UUID.randomUUID(), pool.clock);
    var lines = new ListAppender<ILoggingEvent>();
    var log = (Logger) LoggerFactory.getLogger(NodeLiveness.class);
    lines.start();
    log.addAppender(lines);
    try {
      cutOff.leave();
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .singleElement()
        .extracting(ILoggingEvent::getFormattedMessage, STRING)
        .startsWith("The row of this stopped node was not removed: ");
  }

  @Test
  void a_search_for_lost_rows_that_fails_is_not_repeated_before_the_next_is_due() {
    pool.test.asOwner("alter table gateway_attempts rename to hidden");
    assertThatThrownBy(() -> liveness.closeLost(Set.of())).hasMessageContaining("gateway_attempts");

    assertThatCode(() -> liveness.closeLost(Set.of())).doesNotThrowAnyException();
    pool.clock.tick(NodeLiveness.LOST_INTERVAL);
    assertThatThrownBy(() -> liveness.closeLost(Set.of())).hasMessageContaining("gateway_attempts");
  }

  private Instant seenAt() {
    return pool.database.read(
        dsl -> dsl.select(GATEWAY_NODES.SEEN_AT).from(GATEWAY_NODES).fetchSingle().value1());
  }
}
