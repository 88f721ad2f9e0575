package dev.keywheel.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.batch.RecoveryFixture;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.support.Await;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Due checks, each in its own batch, against a provider that answers 401. */
class RefusedDueChecksTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();

  @Test
  void due_checks_of_three_refused_accounts_in_a_row_pause_the_pool_and_mark_no_further_key() {
    var wanted = fixture.manyLimited(5, "key", "bad");
    var node = fixture.node("one");

    for (var key : wanted) {
      check(node, List.of(key));
    }

    assertThat(wanted.subList(0, 2)).allMatch(key -> fixture.status(key) == KeyStatus.FAILED);
    assertThat(wanted.subList(2, 5)).allMatch(key -> fixture.status(key) == KeyStatus.RATE_LIMITED);
    assertThat(fixture.keys.status().findPause(fixture.pool)).isPresent();
    assertThat(fixture.keys.status().findNotice(fixture.pool).orElseThrow()).contains("401");

    check(node, List.of(fixture.limited("good", "ok")));
    Await.until(
        "the pool continues", () -> fixture.keys.status().findPause(fixture.pool).isEmpty());
    Await.until(
        "the notice is gone", () -> fixture.keys.status().findNotice(fixture.pool).isEmpty());
    Await.until(
        "the marked keys are tested again",
        () ->
            fixture.upstream.requestsOf("sk-or-v1-key2-bad")
                > fixture.upstream.requestsOf("sk-or-v1-key3-bad"));
  }

  @Test
  void due_checks_of_single_refused_keys_among_accepted_ones_mark_each_of_them() {
    var bad = fixture.manyLimited(4, "key", "bad");
    var node = fixture.node("one");

    for (int i = 0; i < bad.size(); i++) {
      check(node, List.of(bad.get(i)));
      check(node, List.of(fixture.limited("good" + i, "ok")));
    }

    assertThat(bad).allMatch(key -> fixture.status(key) == KeyStatus.FAILED);
    assertThat(fixture.keys.status().findPause(fixture.pool)).isEmpty();
  }

  private void check(RecoveryFixture.Node node, List<UUID> keys) {
    var ticket = node.recovery().requestTests(fixture.pool, Trigger.DUE_CHECK, null, null, keys);
    node.recovery().await(ticket, LONG);
    var batch = Objects.requireNonNull(ticket.recoveryId());
    Await.until("the batch ends", () -> fixture.state(batch) == BatchState.DONE);
  }
}
