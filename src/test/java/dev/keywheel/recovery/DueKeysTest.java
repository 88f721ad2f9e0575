package dev.keywheel.recovery;

import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.Rechecks;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.recovery.batch.RecoveryFixture;
import dev.keywheel.recovery.store.Batch;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.support.Await;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class DueKeysTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();

  @Test
  void a_limited_key_is_checked_when_its_limit_ends() {
    var key = fixture.limited("key", "ok");
    fixture.node("one");
    assertThat(fixture.status(key)).isEqualTo(KeyStatus.RATE_LIMITED);
    fixture.clock.tick(Duration.ofMinutes(11));
    Await.until("it has recovered", () -> fixture.status(key) == KeyStatus.ACTIVE);
  }

  @Test
  void due_keys_of_a_low_pool_are_checked_once_although_two_nodes_request_it() {
    var wanted = fixture.manyLimited(20, "key", "ok");
    fixture.upstream.hold();
    var nodes = List.of(fixture.node("one"), fixture.node("two"));
    fixture.clock.tick(Duration.ofMinutes(11));
    Await.until("the due keys are being checked", () -> fixture.upstream.open() == 20);

    var tickets =
        nodes.stream()
            .map(
                node ->
                    node.recovery()
                        .requestTests(fixture.pool, Trigger.LOW_POOL, null, null, wanted))
            .toList();
    fixture.upstream.release();

    for (int node = 0; node < 2; node++) {
      nodes.get(node).recovery().await(tickets.get(node), LONG);
    }
    assertThat(wanted)
        .allSatisfy(key -> assertThat(fixture.status(key)).isEqualTo(KeyStatus.ACTIVE));
    assertThat(fixture.upstream.checks()).isEqualTo(20);
    assertThat(fixture.recoveries()).isEqualTo(1);
  }

  @Test
  void a_failed_key_is_checked_at_growing_intervals() {
    var key = fixture.failed("key", "bad");
    assertThat(due()).isEmpty();
    fixture.clock.tick(Duration.ofMinutes(17));
    assertThat(due()).containsExactly(key);
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.DUE_CHECK, null, null, List.of(key));
    node.recovery().await(batchTicket, LONG);
    assertThat(due()).isEmpty();
    fixture.clock.tick(Duration.ofMinutes(16));
    assertThat(due()).as("the next interval is 17 to 18.7 minutes").isEmpty();
    fixture.clock.tick(Duration.ofMinutes(4));
    assertThat(due()).containsExactly(key);
  }

  @Test
  void an_inconclusive_check_postpones_the_next_check_of_a_failed_key() {
    var key = fixture.failed("key", "broken");
    fixture.clock.tick(Duration.ofMinutes(17));
    assertThat(due()).containsExactly(key);
    var unknown =
        new CheckOutcome.Inconclusive(InconclusiveReason.TIMEOUT, null, fixture.evidence(), 12);
    fixture.recordChecks(List.of(key), unknown);
    assertThat(due()).isEmpty();
  }

  @Test
  void due_keys_of_a_paused_pool_do_not_hide_those_of_another() {
    var paused = fixture.pool;
    fixture.manyFailed(20, "paused", "bad");
    fixture.pool = new PoolId(paused.workspaceId(), "another");
    var key = fixture.failed("key", "bad");
    fixture.clock.tick(Duration.ofMinutes(20));
    fixture.database.runTx(
        tx ->
            fixture
                .keys
                .status()
                .pausePool(
                    tx,
                    paused,
                    new PoolPause(
                        fixture.clock.instant().plus(Duration.ofHours(1)),
                        "a pause",
                        PauseCause.OTHER)));
    assertThat(due()).containsExactly(key);
  }

  @Test
  void no_key_of_an_archived_workspace_is_due() {
    fixture.failed("key", "bad");
    fixture.clock.tick(Duration.ofMinutes(20));
    assertThat(due()).hasSize(1);
    fixture.database.runTx(
        tx -> tx.dsl().update(WORKSPACES).set(WORKSPACES.ARCHIVED_AT, Instant.EPOCH).execute());
    assertThat(due()).isEmpty();
  }

  @Test
  void due_keys_of_a_provider_that_is_not_installed_are_not_checked() {
    var installed = fixture.pool;
    fixture.pool = new PoolId(installed.workspaceId(), "gone");
    fixture.failed("gone", "bad");
    fixture.pool = installed;
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), LONG);
    var recovery = fixture.recovery(jobs);
    fixture.clock.tick(Duration.ofMinutes(20));
    requestDueTests(recovery);
    assertThat(fixture.recoveries()).isZero();

    fixture.failed("key", "bad");
    fixture.clock.tick(Duration.ofMinutes(20));
    requestDueTests(recovery);
    assertThat(new RecoveryHistory(fixture.database).running(installed.workspaceId()))
        .extracting(Batch::pool)
        .containsExactly(installed);
  }

  private static void requestDueTests(Recovery recovery) {
    recovery.jobs().stream()
        .filter(job -> job.name().equals(Recovery.DUE_JOB))
        .forEach(job -> ((JobDefinition.Recurring) job).work().run());
  }

  @Test
  void a_cancelled_check_of_failed_keys_does_not_begin_again_at_once() {
    var key = fixture.failed("key", "hang");
    fixture.clock.tick(Duration.ofMinutes(20));
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.DUE_CHECK, null, null, List.of(key));
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    assertThat(node.recovery().cancel(fixture.pool.workspaceId(), id, "ada")).isTrue();
    assertThat(due()).isEmpty();
  }

  private List<UUID> due() {
    return fixture.keys.rechecks().findDue(fixture.clock.instant(), 10, Set.of()).stream()
        .map(Rechecks.DueCheck::keyId)
        .toList();
  }
}
