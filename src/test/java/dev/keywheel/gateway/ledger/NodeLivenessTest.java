package dev.keywheel.gateway.ledger;

import static dev.keywheel.db.schema.Tables.GATEWAY_NODES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

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

  private Instant seenAt() {
    return pool.database.read(
        dsl -> dsl.select(GATEWAY_NODES.SEEN_AT).from(GATEWAY_NODES).fetchSingle().value1());
  }
}
