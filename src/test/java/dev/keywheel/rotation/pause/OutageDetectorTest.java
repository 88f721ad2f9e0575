package dev.keywheel.rotation.pause;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutageDetectorTest {
  private static final PoolId POOL = new PoolId(new UUID(1, 1), "openrouter");
  private static final Instant NOW = Instant.parse("2026-03-10T14:25:36Z");
  private static final CallMetadata TRACE =
      new CallMetadata(
          new Evidence(NOW, "chat", null, "R21", "refused", Map.of(), null),
          5,
          Usage.NONE,
          new byte[0]);
  private static final CallOutcome AWAY =
      new CallOutcome.Unreachable(UnreachableKind.REFUSED, TRACE);
  private static final CallOutcome ERROR =
      new CallOutcome.Transient(TransientKind.SERVER, null, TRACE);
  private static final CallOutcome LATE = new CallOutcome.TimedOut(TRACE);
  private static final CallOutcome ANSWER =
      new CallOutcome.Answer("text", false, "stop", null, "m", TRACE);

  private static final boolean FORBIDDEN = true;
  private static final boolean UNAUTHORIZED = false;

  private final OutageDetector outageDetector = new OutageDetector();
  private Instant now = NOW;

  private Optional<Duration> record(String who, String model, CallOutcome outcome) {
    return outageDetector.record(POOL, who, model, outcome, now);
  }

  private Optional<Duration> recordRefusal(String who, String model, boolean modelSuspected) {
    return recordRefusal(who, model, modelSuspected, NOW);
  }

  private Optional<Duration> recordRefusal(
      String who, String model, boolean modelSuspected, Instant sent) {
    return outageDetector.recordRefusal(POOL, who, model, modelSuspected, sent, now);
  }

  private Optional<Duration> record(String who, CallOutcome outcome) {
    return record(who, "m", outcome);
  }

  @Test
  void three_accounts_in_a_row_without_a_connection_pause_the_pool() {
    assertThat(record("a", AWAY)).isEmpty();
    assertThat(record("b", AWAY)).isEmpty();
    assertThat(record("c", AWAY)).hasValue(Duration.ofSeconds(30));
  }

  @Test
  void one_success_between_the_failures_rules_out_an_outage() {
    record("a", AWAY);
    record("b", AWAY);
    record("c", ANSWER);
    now = now.plus(OutageDetector.ANSWER_WINDOW);
    assertThat(record("d", AWAY)).isEmpty();
    assertThat(record("e", AWAY)).isEmpty();
    assertThat(record("f", AWAY)).isPresent();
  }

  @Test
  void failures_in_a_row_within_five_seconds_of_an_answer_do_not_pause_the_pool() {
    record("a", ANSWER);
    for (int i = 0; i < 10; i++) {
      assertThat(record("b" + i, AWAY)).isEmpty();
      assertThat(recordRefusal("c" + i, "m", UNAUTHORIZED)).isEmpty();
    }
    now = now.plusSeconds(5).minusMillis(1);
    assertThat(record("d", AWAY)).isEmpty();
    now = now.plusMillis(1);
    assertThat(record("e", AWAY)).hasValue(Duration.ofSeconds(30));
  }

  @Test
  void thirty_failures_in_a_row_pause_the_pool_although_a_long_stream_just_ended() {
    record("a", ANSWER);
    for (int i = 1; i < OutageDetector.MIN_FAILURES_AFTER_ANSWER; i++) {
      assertThat(record("b" + i, AWAY)).as("failure %d", i).isEmpty();
    }
    assertThat(record("c", AWAY)).isPresent();
  }

  @Test
  void a_clock_that_was_set_back_does_not_hide_an_outage() {
    record("a", ANSWER);
    now = now.minus(Duration.ofHours(1));
    record("b", AWAY);
    record("c", AWAY);
    assertThat(record("d", AWAY)).isPresent();
  }

  @Test
  void failures_count_again_after_a_clock_was_set_back_during_a_pause() {
    record("a", AWAY);
    record("b", AWAY);
    assertThat(record("c", AWAY)).isPresent();
    now = now.minus(Duration.ofHours(1));
    record("a", AWAY);
    record("b", AWAY);
    assertThat(record("c", AWAY)).hasValue(Duration.ofSeconds(30));
  }

  @Test
  void a_block_of_the_address_pauses_the_pool_even_right_after_answered_calls() {
    var blocked = new CallOutcome.AddressBlocked(Duration.ofHours(1), TRACE);
    record("a", ANSWER);
    record("b", blocked);
    record("c", blocked);
    assertThat(record("d", blocked)).isPresent();
  }

  @Test
  void errors_of_one_model_do_not_add_to_lost_connections() {
    record("a", ERROR);
    record("b", ERROR);
    assertThat(record("c", "other/model", AWAY)).isEmpty();
    assertThat(record("d", AWAY)).isEmpty();
    assertThat(record("e", AWAY)).isPresent();
  }

  @Test
  void one_account_alone_pauses_only_after_many_failures() {
    for (int i = 1; i <= 5; i++) {
      assertThat(record("a", AWAY)).as("failure %d", i).isEmpty();
    }
    assertThat(record("a", AWAY)).isPresent();
  }

  @Test
  void errors_of_one_model_do_not_pause_the_pool_until_another_model_fails_too() {
    for (var who : new String[] {"a", "b", "c", "d", "e", "f", "g"}) {
      assertThat(record(who, "one/model", ERROR)).isEmpty();
    }
    assertThat(record("h", "other/model", ERROR)).isPresent();
  }

  @ParameterizedTest
  @EnumSource(names = {"NOT_JSON", "NO_BODY"})
  void unusable_answers_of_one_model_are_no_outage_until_another_model_fails_too(
      UnreachableKind kind) {
    var unusable = new CallOutcome.Unreachable(kind, TRACE);
    for (var who : new String[] {"a", "b", "c", "d", "e", "f", "g"}) {
      assertThat(record(who, "one/model", unusable)).isEmpty();
    }
    assertThat(record("h", "other/model", unusable)).isPresent();
  }

  @Test
  void refusals_pause_the_pool_only_for_several_models_if_the_model_may_be_the_cause() {
    for (var who : new String[] {"a", "b", "c", "d", "e", "f", "g"}) {
      assertThat(recordRefusal(who, "one/model", FORBIDDEN)).isEmpty();
    }
    assertThat(recordRefusal("h", "other/model", FORBIDDEN)).isPresent();
    record("a", ANSWER);
    now = now.plus(OutageDetector.ANSWER_WINDOW);
    assertThat(recordRefusal("a", "m", UNAUTHORIZED)).isEmpty();
    assertThat(record("a", new CallOutcome.KeySuspect(false, TRACE)))
        .as("not counted before its key is checked")
        .isEmpty();
    assertThat(recordRefusal("b", "m", UNAUTHORIZED)).isEmpty();
    assertThat(recordRefusal("c", "m", UNAUTHORIZED)).isPresent();
  }

  @Test
  void after_a_pause_two_refused_accounts_continue_the_outage_and_one_does_not() {
    for (var who : new String[] {"a", "b", "c"}) {
      recordRefusal(who, "m", UNAUTHORIZED);
    }
    now = now.plusSeconds(30);
    assertThat(recordRefusal("bad", "m", UNAUTHORIZED)).isEmpty();
    assertThat(recordRefusal("bad", "m", UNAUTHORIZED)).isEmpty();
    assertThat(recordRefusal("d", "m", UNAUTHORIZED)).hasValue(Duration.ofSeconds(60));
    now = now.plusSeconds(60);
    assertThat(record("bad", AWAY))
        .as("a failed connection has no account as its cause")
        .hasValue(Duration.ofMinutes(2));
  }

  @Test
  void after_a_pause_the_only_account_pauses_with_its_third_refusal() {
    for (int i = 0; i < 6; i++) {
      recordRefusal("only", "m", UNAUTHORIZED);
    }
    now = now.plusSeconds(30);
    assertThat(recordRefusal("only", "m", UNAUTHORIZED)).isEmpty();
    assertThat(recordRefusal("only", "m", UNAUTHORIZED)).isEmpty();
    assertThat(recordRefusal("only", "m", UNAUTHORIZED)).hasValue(Duration.ofSeconds(60));
  }

  @Test
  void refusals_for_two_models_do_not_pause_the_pool_while_another_model_answers() {
    record("a", "third/model", ANSWER);
    for (var model : new String[] {"one/model", "other/model"}) {
      for (var who : new String[] {"a", "b", "c", "d"}) {
        assertThat(recordRefusal(who, model, FORBIDDEN)).isEmpty();
      }
    }
    now = NOW.plus(Duration.ofMinutes(5));
    recordRefusal("a", "one/model", FORBIDDEN);
    recordRefusal("b", "other/model", FORBIDDEN);
    assertThat(recordRefusal("c", "one/model", FORBIDDEN)).isPresent();
  }

  @Test
  void a_timeout_counts_neither_as_a_failure_nor_as_a_success() {
    record("a", AWAY);
    record("b", AWAY);
    assertThat(record("c", LATE)).isEmpty();
    assertThat(record("c", AWAY)).isPresent();
  }

  @Test
  void broken_connections_of_long_calls_count_neither_as_failures_nor_as_successes() {
    record("a", AWAY);
    record("b", AWAY);
    for (int i = 0; i < OutageDetector.MIN_FAILURES_AFTER_ANSWER; i++) {
      assertThat(record("c" + i, "m" + i, reset(5_000))).isEmpty();
    }
    assertThat(OutageDetector.canBeOutage(reset(5_000))).isFalse();
    assertThat(record("c", "m", reset(4_999))).as("of a single model").isEmpty();
    assertThat(record("c", AWAY)).isPresent();
  }

  private static CallOutcome reset(int afterMs) {
    var evidence = TRACE.evidence();
    return new CallOutcome.Transient(
        TransientKind.RESET, null, new CallMetadata(evidence, afterMs, Usage.NONE, new byte[0]));
  }

  @Test
  void failures_far_apart_do_not_form_an_outage() {
    record("a", AWAY);
    record("b", AWAY);
    now = NOW.plus(Duration.ofMinutes(6));
    assertThat(record("c", AWAY)).isEmpty();
  }

  @Test
  void the_pause_doubles_up_to_ten_minutes_and_resets_after_a_success() {
    var lengths = new java.util.ArrayList<Long>();
    record("a", AWAY);
    record("b", AWAY);
    for (int i = 0; i < 7; i++) {
      var pause = record("c", AWAY).orElseThrow();
      assertThat(record("d", AWAY)).as("was sent before the pause").isEmpty();
      lengths.add(pause.toSeconds());
      now = now.plus(pause);
    }
    assertThat(lengths).containsExactly(30L, 60L, 120L, 240L, 480L, 600L, 600L);
    record("a", ANSWER);
    now = now.plus(OutageDetector.ANSWER_WINDOW);
    record("a", AWAY);
    record("b", AWAY);
    assertThat(record("c", AWAY)).hasValue(Duration.ofSeconds(30));
  }

  /** A batch of key checks can end a pause although calls still fail. */
  @Test
  void failures_of_calls_that_were_sent_after_an_early_end_of_a_pause_pause_the_pool_again() {
    record("a", AWAY);
    record("b", AWAY);
    assertThat(record("c", AWAY)).hasValue(Duration.ofSeconds(30));
    now = now.plusSeconds(10);
    assertThat(record("d", AWAY)).as("was sent before the pause").isEmpty();
    assertThat(record("e", awayAt(NOW.plusSeconds(4)))).as("already had its key").isEmpty();
    assertThat(record("f", awayAt(now))).hasValue(Duration.ofSeconds(60));
  }

  @Test
  void failures_more_than_five_minutes_after_a_check_ended_a_pause_begin_a_new_outage() {
    Duration pause = Duration.ZERO;
    record("a", AWAY);
    record("b", AWAY);
    for (int i = 0; i < 6; i++) {
      now = now.plus(pause);
      pause = record("c", AWAY).orElseThrow();
    }
    assertThat(pause).isEqualTo(Duration.ofMinutes(10));
    now = now.plusSeconds(10);
    outageDetector.pauseEndedByCheck(POOL, now);
    now = now.plus(Duration.ofMinutes(5)).plusSeconds(1);

    assertThat(record("a", awayAt(now))).isEmpty();
    assertThat(record("b", awayAt(now))).isEmpty();
    assertThat(record("c", awayAt(now))).hasValue(Duration.ofSeconds(30));
  }

  @Test
  void refusals_of_calls_that_were_sent_after_an_early_end_of_a_pause_pause_the_pool_again() {
    for (var who : new String[] {"a", "b", "c"}) {
      recordRefusal(who, "m", UNAUTHORIZED);
    }
    now = now.plusSeconds(10);
    assertThat(recordRefusal("d", "m", UNAUTHORIZED)).isEmpty();
    assertThat(recordRefusal("e", "m", UNAUTHORIZED)).as("were sent before the pause").isEmpty();
    assertThat(recordRefusal("f", "m", UNAUTHORIZED, now)).isEmpty();
    assertThat(recordRefusal("g", "m", UNAUTHORIZED, now)).hasValue(Duration.ofSeconds(60));
  }

  private static CallOutcome awayAt(Instant at) {
    return new CallOutcome.Unreachable(UnreachableKind.REFUSED, refusedAt(at));
  }

  private static CallMetadata refusedAt(Instant at) {
    var evidence = new Evidence(at, "chat", null, "R21", "refused", Map.of(), null);
    return new CallMetadata(evidence, 5, Usage.NONE, new byte[0]);
  }

  @Test
  void the_reported_duration_of_an_address_block_is_used() {
    var blocked = new CallOutcome.AddressBlocked(Duration.ofMinutes(9), TRACE);
    record("a", blocked);
    record("b", blocked);
    assertThat(record("c", blocked)).hasValue(Duration.ofMinutes(9));
  }
}
