package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.call.RetryPolicy.OtherTarget;
import dev.keywheel.gateway.call.RetryPolicy.SameTarget;
import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.seat.TriedKeys.Next;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.FailureKind.RequestErrorKind;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.provider.limit.ObservedLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private static final CallMetadata TRACE =
      new CallMetadata(
          new Evidence(Instant.EPOCH, "chat", null, "R20", "failed", Map.of(), null),
          5,
          Usage.NONE,
          new byte[0]);

  private final RetryPolicy policy = new RetryPolicy(CallOptions.defaults(false), 1 << 20);

  @Test
  void a_failure_of_all_keys_is_retried_after_half_a_second_and_after_one_second() {
    assertThat(after(TransientKind.SERVER))
        .isEqualTo(new SameTarget(Duration.ofMillis(500), Next.OTHER_IF_POSSIBLE));
    assertThat(after(TransientKind.SERVER))
        .isEqualTo(new SameTarget(Duration.ofSeconds(1), Next.OTHER_IF_POSSIBLE));
    assertThat(after(TransientKind.SERVER)).isEqualTo(new OtherTarget());
  }

  @Test
  void a_call_that_may_have_been_charged_is_retried_once_after_half_a_second() {
    assertThat(after(TransientKind.CUT))
        .isEqualTo(new SameTarget(Duration.ofMillis(500), Next.OTHER_IF_POSSIBLE));
    assertThat(after(TransientKind.CUT)).isEqualTo(new OtherTarget());
  }

  @Test
  void a_403_without_a_reason_is_tried_with_one_other_key() {
    assertThat(after(new CallOutcome.KeySuspect(true, TRACE), "a"))
        .isEqualTo(new SameTarget(Duration.ZERO, Next.OTHER_ACCOUNT_IF_POSSIBLE));
    assertThat(after(new CallOutcome.KeySuspect(true, TRACE), "b")).isEqualTo(new OtherTarget());
  }

  @Test
  void an_error_with_an_unknown_status_is_tried_with_one_other_key() {
    var unknown = new CallOutcome.RequestError(RequestErrorKind.UNKNOWN, TRACE);
    assertThat(after(unknown, "a"))
        .isEqualTo(new SameTarget(Duration.ZERO, Next.OTHER_ACCOUNT_IF_POSSIBLE));
    assertThat(after(unknown, "b")).isEqualTo(new OtherTarget());
  }

  @Test
  void a_request_that_is_too_expensive_for_a_key_is_tried_with_three_keys() {
    var unpaid = new CallOutcome.InsufficientCredit(200, false, TRACE);
    var other = new SameTarget(Duration.ZERO, Next.OTHER_ACCOUNT_IF_POSSIBLE);
    assertThat(after(unpaid, "a")).isEqualTo(other);
    assertThat(after(unpaid, "b")).isEqualTo(other);
    assertThat(after(unpaid, "c")).isEqualTo(new OtherTarget());
  }

  @Test
  void a_401_is_tried_with_each_key_of_other_accounts_first() {
    for (int i = 0; i < 100; i++) {
      assertThat(after(new CallOutcome.KeySuspect(false, TRACE), "account" + i))
          .isEqualTo(new SameTarget(Duration.ZERO, Next.OTHER_ACCOUNT_IF_POSSIBLE));
    }
  }

  @Test
  void a_model_that_the_policy_of_an_account_excludes_is_tried_with_one_other_account() {
    var excluded = new CallOutcome.ModelError(ModelErrorKind.ACCOUNT_POLICY, null, TRACE);
    assertThat(after(excluded, "a")).isEqualTo(new SameTarget(Duration.ZERO, Next.OTHER_ACCOUNT));
    assertThat(after(excluded, "b")).isEqualTo(new OtherTarget());
  }

  @Test
  void a_429_without_a_reason_for_two_accounts_is_a_limit_of_the_provider() {
    var other = new SameTarget(Duration.ZERO, Next.OTHER_ACCOUNT_IF_POSSIBLE);
    assertThat(after(bare429(), "a")).isEqualTo(other);
    assertThat(after(bare429(), "b"))
        .isEqualTo(new SameTarget(Duration.ofMillis(500), Next.OTHER_IF_POSSIBLE));
    assertThat(after(bare429(), "b"))
        .isEqualTo(new SameTarget(Duration.ofSeconds(1), Next.OTHER_IF_POSSIBLE));
    assertThat(after(bare429(), "b")).isEqualTo(new OtherTarget());
  }

  @Test
  void after_a_second_429_without_a_reason_for_one_account_the_next_target_is_called() {
    after(bare429(), "a");
    assertThat(after(bare429(), "a")).isEqualTo(new OtherTarget());
  }

  /** The same model would probably send as much again; another model may not. */
  @Test
  void an_answer_that_is_too_large_is_not_repeated_but_the_next_target_is_called() {
    var tooLarge = new CallOutcome.ModelError(ModelErrorKind.TOO_BIG, null, TRACE);
    assertThat(after(tooLarge, "a")).isEqualTo(new OtherTarget());
  }

  @Test
  void after_30_s_a_key_that_cannot_be_decrypted_is_followed_by_one_other_key() {
    Duration late = Duration.ofSeconds(30);
    assertThat(policy.continuesAfterUnsent(late)).isTrue();
    assertThat(policy.continuesAfterUnsent(late.minusMillis(1))).isTrue();
    assertThat(policy.continuesAfterUnsent(late)).isFalse();
  }

  private static CallOutcome bare429() {
    return new CallOutcome.KeyLimited(
        new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, null), null, TRACE);
  }

  private RetryPolicy.Next after(CallOutcome outcome, String account) {
    return policy.after(outcome, account, Duration.ZERO);
  }

  private RetryPolicy.Next after(TransientKind kind) {
    return policy.after(new CallOutcome.Transient(kind, null, TRACE), "account", Duration.ZERO);
  }
}
