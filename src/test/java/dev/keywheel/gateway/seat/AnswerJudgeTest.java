package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Observations;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@Tag("full")
class AnswerJudgeTest {
  private final TestWheel wheel = new TestWheel();
  private final TestGateway gateway = new TestGateway(wheel.pool);
  private final AnswerJudge judge =
      TestSeats.judge(wheel.pool, wheel.calls.judge(), wheel.recovery, Runnable::run);

  @AfterEach
  void close() {
    gateway.close();
    wheel.close();
  }

  @Test
  void a_limited_key_is_skipped_until_an_answer_ends_the_limit() {
    var keys = wheel.pool.add(2);
    var first = granted();
    judge.apply(new RequestEvidence(false), first.key(), TestGateway.MODEL, limited());
    assertThat(wheel.pool.key(keys.getFirst()).status()).isEqualTo(KeyStatus.RATE_LIMITED);
    assertThat(granted().key().id()).isEqualTo(keys.get(1));
    assertThat(granted().key().id()).isEqualTo(keys.get(1));

    wheel.pool.clock.tick(Duration.ofSeconds(1));
    var answer = Observations.answer(wheel.pool.clock.instant());
    judge.apply(new RequestEvidence(false), first.key(), TestGateway.MODEL, answer);
    judge.applyAnswers();

    assertThat(wheel.pool.key(keys.getFirst()).status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(granted().key().id()).isEqualTo(keys.getFirst());
  }

  @Test
  void good_answers_of_a_pool_are_applied_in_one_transaction() {
    var keys = answeredAfterLimits(3);

    judge.applyAnswers();

    assertThat(keys).allMatch(key -> wheel.pool.key(key).status() == KeyStatus.ACTIVE);
    long transactions =
        wheel.pool.database.read(
            dsl ->
                dsl.fetchSingle("select count(distinct xmin::text) from api_keys")
                    .get(0, Long.class));
    assertThat(transactions).isEqualTo(1);
  }

  @Test
  void a_failed_update_of_a_key_delays_only_the_answers_of_its_transaction() {
    var keys = answeredAfterLimits(150);
    wheel.pool.test.asOwner(
        """
        create function refuse() returns trigger language plpgsql as $$
        begin
          raise exception 'refused';
        end
        $$;
        create trigger refuse before update on api_keys for each row when (old.name = 'key1') execute function refuse()""");

    judge.applyAnswers();

    assertThat(keys.stream().filter(key -> wheel.pool.key(key).status() == KeyStatus.ACTIVE))
        .hasSize(100);
    long transactions =
        wheel.pool.database.read(
            dsl ->
                dsl.fetchSingle("select count(distinct xmin::text) from api_keys where usable_free")
                    .get(0, Long.class));
    assertThat(transactions).isEqualTo(2);
  }

  @Test
  void a_due_check_that_fails_is_logged_with_the_name_of_its_key() {
    wheel.pool.add(1);
    judge.apply(new RequestEvidence(false), granted().key(), TestGateway.MODEL, limited());
    wheel.pool.clock.tick(Duration.ofMinutes(10));
    var due = Objects.requireNonNull(((SeatGrant.AllLimited) gateway.take()).due());
    wheel.pool.test.asOwner("alter table key_tests add check (false) not valid");

    assertThat(logged(() -> judge.checkDue(wheel.pool.id, due).join()))
        .startsWith("Key key1 could not be checked: ");
  }

  @Test
  void successful_answers_that_are_not_applied_are_not_logged_as_failed_checks() {
    answeredAfterLimits(1);
    wheel.pool.test.asOwner("alter table pools rename to unreadable");

    assertThat(logged(judge::applyAnswers))
        .startsWith("The states of keys were not updated after successful answers: ");
  }

  /** Adds keys that were limited and have since answered; the answers are not applied yet. */
  private List<UUID> answeredAfterLimits(int number) {
    var keys = wheel.pool.add(number);
    var granted = IntStream.range(0, number).mapToObj(_ -> granted()).toList();
    granted.forEach(
        one -> judge.apply(new RequestEvidence(false), one.key(), TestGateway.MODEL, limited()));
    wheel.pool.clock.tick(Duration.ofSeconds(1));
    var answer = Observations.answer(wheel.pool.clock.instant());
    granted.forEach(
        one -> judge.apply(new RequestEvidence(false), one.key(), TestGateway.MODEL, answer));
    return keys;
  }

  /** The only message of background checks during a task. */
  private static String logged(Runnable task) {
    var messages = new ListAppender<ILoggingEvent>();
    messages.start();
    var logger = (Logger) LoggerFactory.getLogger(BackgroundChecks.class);
    logger.addAppender(messages);
    try {
      task.run();
    } finally {
      logger.detachAppender(messages);
    }
    assertThat(messages.list).hasSize(1);
    return messages.list.getFirst().getFormattedMessage();
  }

  @Test
  void when_the_only_key_is_limited_the_refusal_has_the_end_of_its_limit() {
    wheel.pool.add(1);
    judge.apply(new RequestEvidence(false), granted().key(), TestGateway.MODEL, limited());

    assertThat(gateway.take())
        .isEqualTo(new SeatGrant.AllLimited(wheel.pool.clock.instant().plusSeconds(600), null));
  }

  @Test
  void the_daily_limit_of_free_models_does_not_prolong_the_wait_for_paid_ones() {
    wheel.pool.add(1);
    var key = granted().key();
    var now = wheel.pool.clock.instant();
    var day =
        Observations.limited(
            now, LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, now.plusSeconds(9_000));
    judge.apply(new RequestEvidence(false), key, TestGateway.MODEL + ":free", day);
    judge.apply(new RequestEvidence(false), key, TestGateway.MODEL, limited());

    assertThat(gateway.take()).isEqualTo(new SeatGrant.AllLimited(now.plusSeconds(600), null));
  }

  @Test
  void a_key_that_its_check_also_refuses_is_failed() {
    var keys = wheel.pool.add(2);
    wheel.upstream.checks("key1", ScriptedUpstream.unauthorized(), ScriptedUpstream.unauthorized());

    judge.apply(
        new RequestEvidence(false),
        granted().key(),
        TestGateway.MODEL,
        new CallOutcome.KeySuspect(
            false, Observations.metadata(wheel.pool.clock.instant(), "R2", 401)));

    Await.until(
        "the key is failed", () -> wheel.pool.key(keys.getFirst()).status() == KeyStatus.FAILED);
  }

  @Test
  void an_outage_pauses_the_pool_and_marks_no_key() {
    List<UUID> keys = wheel.pool.add(4);
    for (int i = 0; i < 3; i++) {
      judge.apply(
          new RequestEvidence(false),
          granted().key(),
          TestGateway.MODEL,
          new CallOutcome.Unreachable(
              UnreachableKind.REFUSED,
              Observations.metadata(wheel.pool.clock.instant(), "R0", null)));
    }

    assertThat(gateway.take()).isInstanceOf(SeatGrant.NoKey.class);
    assertThat(keys).allMatch(key -> wheel.pool.key(key).status() == KeyStatus.ACTIVE);
  }

  @Test
  void keys_of_three_accounts_that_are_refused_although_they_pass_their_checks_pause_the_pool() {
    List<UUID> keys = wheel.pool.add(6);
    var request = new RequestEvidence(false);
    for (int attempt = 0; attempt < 4; attempt++) {
      applyRefusal(request);
    }
    assertThat(paused()).as("one request may be the cause itself").isFalse();
    applyRefusal(new RequestEvidence(false));
    assertThat(paused()).isFalse();

    applyRefusal(new RequestEvidence(false));

    assertThat(paused()).isTrue();
    assertThat(keys).allMatch(key -> wheel.pool.key(key).status() == KeyStatus.ACTIVE);
    assertThat(probeIsDue()).isTrue();
    assertThat(gateway.take())
        .asInstanceOf(InstanceOfAssertFactories.type(SeatGrant.NoKey.class))
        .satisfies(refusal -> assertThat(refusal.why()).contains("although the keys pass"));
  }

  @Test
  void
      after_a_check_has_failed_a_key_the_next_failure_of_its_request_still_counts_towards_an_outage() {
    var keys = wheel.pool.add(6);
    var request = new RequestEvidence(false);
    wheel.upstream.checks("key1", ScriptedUpstream.unauthorized());
    applyRefusal(request);
    assertThat(wheel.pool.key(keys.getFirst()).status()).isEqualTo(KeyStatus.FAILED);

    applyUnreachable(request);
    applyUnreachable(new RequestEvidence(false));
    assertThat(paused()).isFalse();
    applyUnreachable(new RequestEvidence(false));

    assertThat(paused()).isTrue();
  }

  @Test
  void a_key_whose_check_is_accepted_shows_that_the_provider_does_not_refuse_every_key() {
    var keys = wheel.pool.add(6);
    for (var key : new String[] {"key1", "key2", "key4"}) {
      wheel.upstream.checks(key, ScriptedUpstream.unauthorized());
    }

    for (int call = 0; call < 4; call++) {
      applyRefusal(new RequestEvidence(false));
    }

    assertThat(paused()).isFalse();
    assertThat(wheel.pool.key(keys.get(3)).status()).isEqualTo(KeyStatus.FAILED);
  }

  @Test
  void a_key_with_which_a_model_is_refused_is_excluded_for_it_although_its_check_passes() {
    wheel.pool.add(3);
    for (int round = 0; round < 6; round++) {
      applyRefusal(new RequestEvidence(false));
      for (int other = 0; other < 2; other++) {
        wheel.pool.clock.tick(Duration.ofSeconds(1));
        var answer = Observations.answer(wheel.pool.clock.instant());
        judge.apply(new RequestEvidence(false), granted().key(), TestGateway.MODEL, answer);
      }
      wheel.pool.clock.tick(Duration.ofSeconds(1));
    }

    assertThat(List.of(granted().key().name(), granted().key().name(), granted().key().name()))
        .containsExactly("key2", "key3", "key2");
  }

  private void applyUnreachable(RequestEvidence request) {
    var metadata = Observations.metadata(wheel.pool.clock.instant(), "R0", null);
    var failure = new CallOutcome.Unreachable(UnreachableKind.REFUSED, metadata);
    judge.apply(request, granted().key(), TestGateway.MODEL, failure);
  }

  private void applyRefusal(RequestEvidence request) {
    var metadata = Observations.metadata(wheel.pool.clock.instant(), "R2", 401);
    judge.apply(
        request, granted().key(), TestGateway.MODEL, new CallOutcome.KeySuspect(false, metadata));
  }

  private boolean paused() {
    return wheel.pool.pool.status().findPause(wheel.pool.id).isPresent();
  }

  @Test
  void a_request_may_be_sent_in_a_pause_for_an_outage_but_not_in_one_for_a_block_of_the_address() {
    wheel.pool.add(3);
    var metadata = Observations.metadata(wheel.pool.clock.instant(), "R0", null);

    assertThat(probeIsDueAfter(new CallOutcome.Unreachable(UnreachableKind.REFUSED, metadata)))
        .isTrue();
    wheel.pool.clock.tick(Duration.ofHours(1));
    assertThat(probeIsDueAfter(new CallOutcome.AddressBlocked(Duration.ofMinutes(1), metadata)))
        .isFalse();
  }

  private boolean probeIsDueAfter(CallOutcome failure) {
    var outcomes = wheel.calls.judge();
    var now = wheel.pool.clock.instant();
    Optional<PoolPause> pause = Optional.empty();
    for (int call = 0; call < 3 && pause.isEmpty(); call++) {
      pause = outcomes.countOutage(granted().key(), TestGateway.MODEL, failure, now);
    }
    pause(pause.orElseThrow());
    return probeIsDue();
  }

  private void pause(PoolPause pause) {
    wheel.pool.database.runTx(tx -> wheel.pool.pool.status().pausePool(tx, wheel.pool.id, pause));
    wheel.calls.judge().trackPause(wheel.pool.id, wheel.pool.clock.instant());
  }

  private boolean probeIsDue() {
    Instant until = wheel.pool.pool.status().findPause(wheel.pool.id).orElseThrow().until();
    var inTwoSeconds = wheel.pool.clock.instant().plusSeconds(2);
    return wheel.calls.judge().probes().isDue(wheel.pool.id, until, inTwoSeconds);
  }

  @Test
  void a_probe_whose_answer_is_a_block_of_the_address_is_the_last_one() {
    wheel.pool.add(3);
    var key = granted().key();
    var metadata = Observations.metadata(wheel.pool.clock.instant(), "R0", null);
    pause(
        new PoolPause(
            wheel.pool.clock.instant().plusSeconds(240), "Long.", PauseCause.PROVIDER_FAILS));
    assertThat(probeIsDue()).isTrue();
    var probe = new RequestEvidence(false);
    probe.ignoreOutage();

    var blocked = new CallOutcome.AddressBlocked(Duration.ofMinutes(1), metadata);
    judge.apply(probe, key, TestGateway.MODEL, blocked);

    assertThat(probeIsDue()).isFalse();
  }

  @Test
  void a_shorter_pause_leaves_the_probes_of_a_longer_one_and_a_longer_one_ends_them() {
    var now = wheel.pool.clock.instant();
    pause(new PoolPause(now.plusSeconds(240), "Long.", PauseCause.PROVIDER_FAILS));
    assertThat(probeIsDue()).isTrue();

    pause(new PoolPause(now.plusSeconds(30), "Short.", PauseCause.PROVIDER_FAILS));
    assertThat(probeIsDue()).isTrue();

    wheel.pool.database.runTx(
        tx ->
            wheel
                .pool
                .pool
                .status()
                .pausePool(
                    tx,
                    wheel.pool.id,
                    new PoolPause(now.plusSeconds(900), "Other.", PauseCause.OTHER)));
    assertThat(probeIsDue()).isFalse();
    pause(new PoolPause(now.plusSeconds(60), "Short.", PauseCause.PROVIDER_FAILS));
    assertThat(probeIsDue()).isFalse();
  }

  @Test
  void failures_of_one_request_count_once_towards_an_outage() {
    wheel.pool.add(8);
    var request = new RequestEvidence(false);
    for (int i = 0; i < 7; i++) {
      judge.apply(
          request,
          granted().key(),
          TestGateway.MODEL,
          new CallOutcome.Unreachable(
              UnreachableKind.REFUSED,
              Observations.metadata(wheel.pool.clock.instant(), "R0", null)));
    }

    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);
  }

  @Test
  void calls_of_a_key_that_fail_in_parallel_exclude_it_for_the_model_once() {
    var keys = wheel.pool.add(2);
    var first = granted();
    var second = granted();
    judge.apply(new RequestEvidence(false), first.key(), TestGateway.MODEL, withoutReason());
    for (int call = 0; call < 3; call++) {
      judge.apply(new RequestEvidence(false), second.key(), TestGateway.MODEL, withoutReason());
      wheel.pool.clock.tick(Duration.ofSeconds(1));
    }

    assertThat(exclusions(keys.get(1)))
        .extracting(exclusion -> Duration.between(exclusion.since(), exclusion.until()))
        .containsExactly(Duration.ofHours(1));
    assertThat(exclusions(keys.getFirst())).as("limited for all models").isEmpty();
  }

  private List<KeyModels.Exclusion> exclusions(UUID key) {
    return wheel.pool.database.read(dsl -> KeyModels.of(dsl, key));
  }

  /** A limit that is only assumed, as after a 402 without a reason. */
  private CallOutcome withoutReason() {
    var limited = (CallOutcome.KeyLimited) limited();
    return new CallOutcome.KeyLimited(limited.limit(), null, true, limited.metadata());
  }

  @Test
  void a_missing_endpoint_excludes_no_key_if_the_request_chooses_its_endpoints() {
    wheel.pool.add(3);
    for (int i = 0; i < 6; i++) {
      var suspect = granted();
      for (int other = 0; other < 2; other++) {
        wheel.pool.clock.tick(Duration.ofSeconds(1));
        var answer = Observations.answer(wheel.pool.clock.instant());
        judge.apply(new RequestEvidence(true), granted().key(), TestGateway.MODEL, answer);
      }
      wheel.pool.clock.tick(Duration.ofSeconds(1));
      judge.apply(new RequestEvidence(true), suspect.key(), TestGateway.MODEL, noEndpoint());
    }

    assertThat(List.of(granted().key().name(), granted().key().name(), granted().key().name()))
        .containsExactly("key1", "key2", "key3");
  }

  private CallOutcome noEndpoint() {
    return new CallOutcome.ModelError(
        ModelErrorKind.NO_ENDPOINT,
        null,
        Observations.metadata(wheel.pool.clock.instant(), "R0", 404));
  }

  private SeatGrant.Granted granted() {
    return (SeatGrant.Granted) gateway.take();
  }

  private CallOutcome limited() {
    var now = wheel.pool.clock.instant();
    return Observations.limited(
        now, LimitScope.KEY, LimitClass.ALL, KeyReason.FREE_MINUTE, now.plusSeconds(600));
  }
}
