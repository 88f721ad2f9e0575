package dev.keywheel.recovery;

import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.pool.Rechecks;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Observations;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.recovery.batch.World;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class DueKeysTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @AutoClose private final World world = new World();

  @Test
  void a_limited_key_is_checked_when_its_limit_ends() {
    var key = world.limited("key", "ok");
    world.node("one");
    assertThat(world.status(key)).isEqualTo(KeyStatus.RATE_LIMITED);
    world.clock.tick(Duration.ofMinutes(11));
    Await.until("it has recovered", () -> world.status(key) == KeyStatus.ACTIVE);
  }

  @Test
  void due_keys_of_a_low_pool_are_checked_once_although_two_nodes_request_it() {
    var wanted = world.manyLimited(20, "key", "ok");
    world.upstream.hold();
    var nodes = List.of(world.node("one"), world.node("two"));
    world.clock.tick(Duration.ofMinutes(11));
    Await.until("the due keys are being checked", () -> world.upstream.open() == 20);

    var tickets =
        nodes.stream()
            .map(
                node ->
                    node.recovery().requestTests(world.pool, Trigger.LOW_POOL, null, null, wanted))
            .toList();
    world.upstream.release();

    for (int node = 0; node < 2; node++) {
      nodes.get(node).recovery().await(tickets.get(node), LONG);
    }
    assertThat(wanted).allSatisfy(key -> assertThat(world.status(key)).isEqualTo(KeyStatus.ACTIVE));
    assertThat(world.upstream.checks()).isEqualTo(20);
    assertThat(world.recoveries()).isEqualTo(1);
  }

  @Test
  void a_failed_key_is_checked_at_growing_intervals() {
    var key = world.failed("key", "bad");
    assertThat(due()).isEmpty();
    world.clock.tick(Duration.ofMinutes(17));
    assertThat(due()).containsExactly(key);
    var node = world.node("one");
    var batchTicket =
        node.recovery().requestTests(world.pool, Trigger.DUE, null, null, List.of(key));
    node.recovery().await(batchTicket, LONG);
    assertThat(due()).isEmpty();
    world.clock.tick(Duration.ofMinutes(16));
    assertThat(due()).as("the next interval is 17 to 18.7 minutes").isEmpty();
    world.clock.tick(Duration.ofMinutes(4));
    assertThat(due()).containsExactly(key);
  }

  @Test
  void an_inconclusive_check_postpones_the_next_check_of_a_failed_key() {
    var key = world.failed("key", "broken");
    world.clock.tick(Duration.ofMinutes(17));
    assertThat(due()).containsExactly(key);
    var unknown =
        new CheckOutcome.Inconclusive(InconclusiveReason.TIMEOUT, null, world.evidence(), 12);
    world.database.runTx(
        tx ->
            world
                .keys
                .updater()
                .recordChecks(
                    tx,
                    world.pool,
                    List.of(Observations.checked(key, unknown)),
                    world.clock.instant(),
                    TestKeys.ACTOR));
    assertThat(due()).isEmpty();
  }

  @Test
  void due_keys_of_a_paused_pool_do_not_hide_those_of_another() {
    var paused = world.pool;
    world.manyFailed(20, "paused", "bad");
    world.pool = new PoolId(paused.workspaceId(), "another");
    var key = world.failed("key", "bad");
    world.clock.tick(Duration.ofMinutes(20));
    world.database.runTx(
        tx ->
            world
                .keys
                .status()
                .pausePool(
                    tx,
                    paused,
                    new PoolPause(
                        world.clock.instant().plus(Duration.ofHours(1)),
                        "a pause",
                        PauseCause.OTHER)));
    assertThat(due()).containsExactly(key);
  }

  @Test
  void no_key_of_an_archived_workspace_is_due() {
    world.failed("key", "bad");
    world.clock.tick(Duration.ofMinutes(20));
    assertThat(due()).hasSize(1);
    world.database.runTx(
        tx -> tx.dsl().update(WORKSPACES).set(WORKSPACES.ARCHIVED_AT, Instant.EPOCH).execute());
    assertThat(due()).isEmpty();
  }

  @Test
  void a_cancelled_check_of_failed_keys_does_not_begin_again_at_once() {
    var key = world.failed("key", "hang");
    world.clock.tick(Duration.ofMinutes(20));
    var node = world.node("one");
    var batchTicket =
        node.recovery().requestTests(world.pool, Trigger.DUE, null, null, List.of(key));
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    assertThat(node.recovery().cancel(world.pool.workspaceId(), id, "ada")).isTrue();
    assertThat(due()).isEmpty();
  }

  private List<UUID> due() {
    return world.keys.rechecks().findDue(world.clock.instant(), 10, Set.of()).stream()
        .map(Rechecks.DueCheck::keyId)
        .toList();
  }
}
