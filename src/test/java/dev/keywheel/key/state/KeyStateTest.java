package dev.keywheel.key.state;

import static dev.keywheel.key.state.KeyStatus.ACTIVE;
import static dev.keywheel.key.state.KeyStatus.DISABLED;
import static dev.keywheel.key.state.KeyStatus.RATE_LIMITED;
import static dev.keywheel.key.state.Observations.answer;
import static dev.keywheel.key.state.Observations.bare;
import static dev.keywheel.key.state.Observations.facts;
import static dev.keywheel.key.state.Observations.good;
import static dev.keywheel.key.state.Observations.limited;
import static dev.keywheel.key.state.Observations.metadata;
import static dev.keywheel.key.state.Observations.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Limits of a key: what they limit, how long, and what lifts them. */
final class KeyStateTest {
  static final Instant T = Instant.parse("2026-03-10T14:25:36.500Z");
  static final Instant MIDNIGHT = Instant.parse("2026-03-11T00:00:00Z");
  static final Instant RESET = T.plus(Duration.ofHours(2));
  static final Instant SOON = T.plusSeconds(40);

  static final KeyState FRESH = KeyState.fresh();
  static final KeyState RATE = call(FRESH, bare(T), T);
  static final KeyState FREE_DAY =
      call(FRESH, limited(T, LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, RESET), T);
  static final KeyState MINUTE =
      call(FRESH, limited(T, LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_MINUTE, SOON), T);
  static final KeyState NO_CREDIT =
      call(FRESH, limited(T, LimitScope.ACCOUNT, LimitClass.PAID, KeyReason.CREDITS, null), T);

  static final Instant LATER = T.plusSeconds(30);

  @Test
  void a_limit_of_paid_models_leaves_the_key_usable_for_free_ones() {
    assertThat(NO_CREDIT.usableFor(ModelClass.FREE)).isTrue();
    assertThat(NO_CREDIT.usableFor(ModelClass.PAID)).isFalse();
    assertThat(NO_CREDIT.shown(ModelClass.PAID).status()).isEqualTo(RATE_LIMITED);
    assertThat(NO_CREDIT.checkDue()).isEqualTo(Optional.of(T.plus(Duration.ofHours(1))));
  }

  @Test
  void a_key_is_checked_as_soon_as_it_may_serve_one_class_of_models_again() {
    var both = call(FREE_DAY, limited(T, LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, SOON), T);
    assertThat(both.checkDue()).contains(SOON);
    assertThat(both.after(good(SOON, facts()), SOON)).isEqualTo(FREE_DAY);
  }

  @Test
  void a_key_limited_per_minute_is_used_again_although_its_daily_count_is_zero() {
    var over = SOON.plusSeconds(1);
    var due = MINUTE.after(good(over, facts(0, null)), over);
    assertThat(due.shown(ModelClass.FREE).status()).isEqualTo(ACTIVE);
    var named = limited(over, LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, MIDNIGHT);
    assertThat(call(due, named, over).shown(ModelClass.FREE).until()).isEqualTo(MIDNIGHT);
  }

  @Test
  void a_named_daily_limit_ends_with_the_check_at_its_end_and_never_limits_paid_models() {
    KeyState checked = FREE_DAY.after(good(LATER, facts()), LATER);
    assertThat(checked.usableFor(ModelClass.PAID)).isTrue();
    assertThat(checked.shown(ModelClass.PAID).status()).isEqualTo(ACTIVE);
    assertThat(checked.checkDue()).isEqualTo(Optional.of(RESET));
    assertThat(checked.after(good(RESET, facts()), RESET)).isEqualTo(FRESH);
  }

  @Test
  void a_failed_key_that_passes_the_check_keeps_its_named_daily_limit() {
    KeyState failed = FREE_DAY.after(refused(LATER), LATER);
    Instant then = LATER.plusSeconds(10);
    assertThat(failed.after(good(then, facts()), then).shown(ModelClass.FREE).status())
        .isEqualTo(RATE_LIMITED);
  }

  @Test
  void the_answer_to_a_call_sent_before_the_limit_does_not_lift_it() {
    KeyState late = call(RATE, answer(T.plusMillis(50)), T.plusMillis(50));
    assertThat(late.shown(ModelClass.FREE).status()).isEqualTo(RATE_LIMITED);
  }

  @Test
  void a_success_with_a_free_model_does_not_lift_a_limit_of_paid_models() {
    KeyState after = call(NO_CREDIT, answer(LATER), LATER);
    assertThat(after.usableFor(ModelClass.PAID)).isFalse();
  }

  @Test
  void a_limit_without_a_named_end_doubles_up_to_fifteen_minutes() {
    KeyState state = FRESH;
    Instant now = T;
    long[] expected = {60, 120, 240, 480, 900, 900};
    for (long seconds : expected) {
      state = call(state, bare(now), now);
      assertThat(state.shown(ModelClass.FREE).until()).isEqualTo(now.plusSeconds(seconds));
      now = now.plusSeconds(seconds);
      state = state.after(good(now, facts()), now);
      assertThat(state.shown(ModelClass.FREE).status()).isEqualTo(ACTIVE);
      now = now.plusSeconds(1);
    }
    state = call(state, answer(now), now);
    state = call(state, bare(now.plusSeconds(1)), now.plusSeconds(1));
    assertThat(state.shown(ModelClass.FREE).until()).isEqualTo(now.plusSeconds(61));
  }

  @Test
  void an_inconclusive_check_is_repeated_later() {
    Instant due = T.plusSeconds(60);
    KeyState after = RATE.after(unknown(due), due);
    assertThat(after.shown(ModelClass.FREE).until()).isEqualTo(due.plusSeconds(120));
  }

  @Test
  void an_account_that_never_paid_stays_limited_for_paid_models() {
    KeyState after =
        NO_CREDIT.after(good(LATER, facts(null, null, true, false, null, null)), LATER);
    assertThat(after.usableFor(ModelClass.PAID)).isFalse();
    assertThat(NO_CREDIT.after(good(LATER, facts()), LATER).usableFor(ModelClass.PAID)).isTrue();
  }

  @Test
  void too_little_credit_for_any_operation_limits_paid_models() {
    KeyState after =
        call(FRESH, new CallOutcome.InsufficientCredit(100, false, metadata(T, "R5", 402)), T);
    assertThat(after.shown(ModelClass.FREE).status()).isEqualTo(ACTIVE);
    assertThat(after.usableFor(ModelClass.PAID)).isFalse();
  }

  @Test
  void a_disabled_key_keeps_its_limits() {
    KeyState off = RATE.enabled(false);
    assertThat(off.shown(ModelClass.FREE).status()).isEqualTo(DISABLED);
    assertThat(off.checkDue()).isEmpty();
    assertThat(off.enabled(true).shown(ModelClass.FREE).status()).isEqualTo(RATE_LIMITED);
  }

  @Test
  void the_later_of_two_limits_is_shown() {
    KeyState both =
        call(
            FREE_DAY,
            limited(LATER, LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_MINUTE, SOON),
            LATER);
    assertThat(both.shown(ModelClass.FREE).reason()).isEqualTo(KeyReason.FREE_DAILY);
    assertThat(both.limits().size()).isEqualTo(2);
  }

  static KeyState call(KeyState from, CallOutcome outcome, Instant now) {
    return from.after(outcome, ModelClass.FREE, now);
  }

  static CheckOutcome unknown(Instant at) {
    return new CheckOutcome.Inconclusive(
        InconclusiveReason.TIMEOUT, null, Observations.evidence(at, "R22", null), 100);
  }
}
