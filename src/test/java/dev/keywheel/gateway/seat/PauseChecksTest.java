package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.Observations;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.rotation.KeyJudge;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.ScriptedUpstream.Reply;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Pauses of a pool without requests. */
class PauseChecksTest {
  private static final int KEYS = 3;

  @AutoClose private final TestWheel wheel = new TestWheel();
  private final AnswerJudge judge = TestSeats.judge(wheel);
  private final PauseChecks checks = checksOf(wheel.calls.judge());

  private final List<UUID> keys = wheel.pool.add(KEYS);

  @Test
  void a_pause_ends_with_a_check_that_is_accepted_within_five_seconds() {
    causeOutage(unreachable());
    checkAfter(Duration.ofSeconds(4));
    assertThat(wheel.upstream.checked()).isEmpty();
    assertThat(paused()).isTrue();

    checkAfter(Duration.ofSeconds(1));

    assertThat(wheel.upstream.checked()).hasSize(1);
    assertThat(paused()).isFalse();
  }

  @Test
  void a_pause_also_ends_early_if_the_clock_is_set_back_during_it() {
    checksAnswer(ScriptedUpstream.server502());
    causeOutage(unreachable());
    checkAfter(Duration.ofSeconds(5));
    assertThat(paused()).isTrue();
    checksAnswer(ScriptedUpstream.works());

    checkAfter(Duration.ofHours(-1));
    checkAfter(Duration.ofSeconds(5));

    assertThat(paused()).isFalse();
  }

  /** A node that was restarted is in the same situation. */
  @Test
  void another_node_ends_the_pause_of_a_node_that_has_stopped() {
    causeOutage(unreachable());
    var other = checksOf(wheel.calls(wheel.pool.database, duration -> {}).judge());

    for (int seconds = 0; seconds < 10; seconds += 5) {
      assertThat(paused()).isTrue();
      other.begin();
      wheel.pool.clock.tick(Duration.ofSeconds(5));
    }
    other.begin();

    assertThat(wheel.upstream.checked()).hasSize(1);
    assertThat(paused()).isFalse();
  }

  @Test
  void a_pause_that_another_node_ended_needs_no_further_checks() {
    checksAnswer(ScriptedUpstream.server502());
    causeOutage(unreachable());
    checkAfter(Duration.ofSeconds(5));
    assertThat(wheel.upstream.checked()).hasSize(1);
    wheel.pool.resume();

    for (int check = 0; check < 4; check++) {
      checkAfter(Duration.ofSeconds(5));
    }

    assertThat(wheel.upstream.checked()).hasSize(1);
  }

  @Test
  void a_pause_that_a_batch_of_tests_began_ends_with_an_accepted_check() {
    pause(PauseCause.PROVIDER_FAILS);
    checkAfter(Duration.ZERO);
    checkAfter(Duration.ofSeconds(5));

    assertThat(wheel.upstream.checked()).hasSize(1);
    assertThat(paused()).isFalse();
  }

  @Test
  void no_key_is_checked_during_a_pause_that_a_check_may_not_end() {
    pause(PauseCause.OTHER);
    for (int check = 0; check < 40; check++) {
      checkAfter(Duration.ofSeconds(5));
    }
    assertThat(wheel.upstream.checked()).isEmpty();
  }

  private void pause(PauseCause cause) {
    var pause = new PoolPause(now().plusSeconds(600), "Away.", cause);
    wheel.pool.database.runTx(tx -> wheel.pool.pool.status().pausePool(tx, wheel.pool.id, pause));
  }

  @Test
  void a_pause_lasts_while_the_provider_does_not_answer_the_checks_of_its_keys_in_turn() {
    checksAnswer(ScriptedUpstream.server502());
    causeOutage(unreachable());
    for (int second = 1; second <= 20; second++) {
      checkAfter(Duration.ofSeconds(1));
    }
    assertThat(wheel.upstream.checked()).hasSize(4);
    assertThat(wheel.upstream.checked().subList(0, KEYS))
        .containsExactlyInAnyOrder("key1", "key2", "key3");
    assertThat(paused()).isTrue();
    assertThat(tests()).as("stored tests").isZero();

    checksAnswer(ScriptedUpstream.works());
    checkAfter(Duration.ofSeconds(5));
    assertThat(paused()).isFalse();
  }

  @Test
  void a_provider_that_accepts_keys_but_fails_calls_is_checked_again_after_growing_waits() {
    causeOutage(unreachable());
    checkAfter(Duration.ofSeconds(5));
    assertThat(paused()).isFalse();
    checkAfter(Duration.ofSeconds(7));

    applyFailure(unreachable());
    assertThat(paused()).as("the first failure continues the outage").isTrue();
    assertThat(secondsToEnd()).isEqualTo(12);
    applyFailure(unreachable());
    assertThat(secondsToEnd()).isEqualTo(24);

    judge.apply(
        new RequestEvidence(false),
        key(),
        TestGateway.MODEL,
        Observations.answer(now().plusMillis(1)));
    checkAfter(Duration.ofSeconds(5));
    causeOutage(unreachable());
    assertThat(secondsToEnd()).as("a new outage").isEqualTo(5);
  }

  @Test
  void probes_do_not_shorten_the_wait_after_a_check_that_ended_the_pause_too_early() {
    causeOutage(unreachable());
    checkAfter(Duration.ofSeconds(5));
    checkAfter(Duration.ofSeconds(7));
    applyFailure(unreachable());

    checkAfter(Duration.ofSeconds(2));
    wheel.calls.judge().probes().recordProbe(wheel.pool.id, now());

    assertThat(secondsToEnd()).isEqualTo(10);
  }

  @Test
  void a_pause_that_ends_by_itself_does_not_shorten_the_wait_before_the_next_check() {
    causeOutage(unreachable());
    checkAfter(Duration.ofSeconds(5));
    wheel.pool.clock.tick(Duration.ofMinutes(4));
    applyFailure(unreachable());
    assertThat(paused()).isTrue();
    wheel.pool.clock.tick(Duration.ofMinutes(5));
    causeOutage(unreachable());

    assertThat(secondsToEnd()).as("checks of a provider that accepts keys").isEqualTo(-1);
  }

  @Test
  void failures_hours_after_a_pause_begin_a_new_outage() {
    causeOutage(unreachable());
    checkAfter(Duration.ofSeconds(5));
    applyFailure(unreachable());
    wheel.pool.clock.tick(Duration.ofHours(8));

    applyFailure(unreachable());
    assertThat(paused()).as("after one failure").isFalse();
    causeOutage(unreachable());

    var until = wheel.pool.pool.status().findPause(wheel.pool.id).orElseThrow().until();
    assertThat(until).as("length of a first pause").isEqualTo(now().plusSeconds(30));
    assertThat(wheel.calls.judge().probes().retryAt(wheel.pool.id, until, now()))
        .isEqualTo(now().plusSeconds(5));
    assertThat(secondsToEnd()).isEqualTo(5);
  }

  @Test
  void the_keys_of_each_pool_are_checked_in_turn_when_two_pools_are_paused() {
    wheel.pool.add("key4");
    checksAnswer(ScriptedUpstream.server502());
    wheel.upstream.checks("key4", ScriptedUpstream.server502());
    causeOutage(unreachable());
    var other = new PoolId(wheel.pool.workspace, "openai");
    var pause = new PoolPause(now().plusSeconds(30), "Away.", PauseCause.PROVIDER_FAILS);
    wheel.pool.database.runTx(tx -> wheel.pool.pool.status().pausePool(tx, other, pause));
    wheel.calls.judge().trackPause(other, now());

    for (int check = 1; check <= 4; check++) {
      checkAfter(Duration.ofSeconds(5));
    }

    assertThat(wheel.upstream.checked()).containsExactlyInAnyOrder("key1", "key2", "key3", "key4");
  }

  @Test
  void a_pause_because_every_key_is_refused_ends_with_a_check_after_growing_waits() {
    checksAnswer(ScriptedUpstream.unauthorized());
    var checksAtOnce =
        TestSeats.judge(wheel.pool, wheel.calls.judge(), wheel.recovery, Runnable::run);
    for (UUID key : keys) {
      checksAtOnce.apply(
          new RequestEvidence(false),
          wheel.pool.key(key),
          TestGateway.MODEL,
          new KeySuspect(false, Observations.metadata(now(), "R2", 401)));
    }
    assertThat(paused()).isTrue();
    int before = wheel.upstream.checked().size();
    for (int second = 1; second <= 19; second++) {
      checkAfter(Duration.ofSeconds(1));
    }
    assertThat(wheel.upstream.checked()).as("after 5 s and 10 s, twice each").hasSize(before + 4);
    assertThat(paused()).isTrue();

    checksAnswer(ScriptedUpstream.works());
    checkAfter(Duration.ofSeconds(1));

    assertThat(paused()).isFalse();
    assertThat(wheel.pool.pool.status().findNotice(wheel.pool.id)).isEmpty();
  }

  @Test
  void no_key_is_checked_while_probes_are_sent() {
    causeOutage(unreachable());
    for (int second = 0; second < 20; second += 2) {
      checkAfter(Duration.ofSeconds(2));
      wheel.calls.judge().probes().recordProbe(wheel.pool.id, now());
    }
    assertThat(wheel.upstream.checked()).isEmpty();
  }

  @Test
  void a_block_of_the_address_ends_with_a_check_after_growing_waits_from_one_minute() {
    checksAnswer(ScriptedUpstream.server502());
    causeOutage(blocked());
    checkAfter(Duration.ZERO);
    for (int second = 1; second < 240; second++) {
      checkAfter(Duration.ofSeconds(1));
    }
    assertThat(wheel.upstream.checked()).as("after one minute and two").hasSize(2);
    assertThat(paused()).isTrue();

    checksAnswer(ScriptedUpstream.works());
    checkAfter(Duration.ofSeconds(1));

    assertThat(paused()).isFalse();
  }

  private AddressBlocked blocked() {
    return new AddressBlocked(Duration.ofDays(1), Observations.metadata(now(), "R19", 403));
  }

  @Test
  void no_key_is_checked_at_the_start_of_a_block_of_the_address_or_during_other_pauses() {
    causeOutage(blocked());
    checkAfter(Duration.ofSeconds(30));
    var until = now().plusSeconds(600);
    wheel.pool.database.runTx(
        tx ->
            wheel
                .pool
                .pool
                .status()
                .pausePool(tx, wheel.pool.id, new PoolPause(until, "Refused.", PauseCause.OTHER)));
    checkAfter(Duration.ofSeconds(30));
    assertThat(wheel.upstream.checked()).isEmpty();
    assertThat(paused()).isTrue();
  }

  private PauseChecks checksOf(KeyJudge node) {
    return new PauseChecks(
        wheel.pool.database,
        wheel.pool.pool,
        node,
        wheel.recovery,
        wheel.pool.clock,
        new BackgroundChecks(Runnable::run));
  }

  private Instant now() {
    return wheel.pool.clock.instant();
  }

  private CallOutcome unreachable() {
    return new CallOutcome.Unreachable(
        UnreachableKind.REFUSED, Observations.metadata(now(), "R0", null));
  }

  private ApiKey key() {
    return wheel.pool.key(keys.getFirst());
  }

  private void applyFailure(CallOutcome failure) {
    judge.apply(new RequestEvidence(false), key(), TestGateway.MODEL, failure);
  }

  private void causeOutage(CallOutcome failure) {
    for (int failures = 0; failures < 10 && !paused(); failures++) {
      applyFailure(failure);
    }
    assertThat(paused()).isTrue();
  }

  private void checkAfter(Duration time) {
    wheel.pool.clock.tick(time);
    checks.begin();
  }

  /** Advances the clock until a check ends the pause; -1 if none does within a minute. */
  private int secondsToEnd() {
    for (int second = 1; second <= 60; second++) {
      checkAfter(Duration.ofSeconds(1));
      if (!paused()) {
        return second;
      }
    }
    return -1;
  }

  private void checksAnswer(Reply answer) {
    List.of("key1", "key2", "key3").forEach(key -> wheel.upstream.checks(key, answer));
  }

  private boolean paused() {
    return wheel.pool.pool.status().findPause(wheel.pool.id).isPresent();
  }

  private int tests() {
    return wheel.pool.database.read(dsl -> dsl.fetchCount(KEY_TESTS));
  }
}
