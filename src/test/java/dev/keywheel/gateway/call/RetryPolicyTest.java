package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.call.RetryPolicy.OtherTarget;
import dev.keywheel.gateway.call.RetryPolicy.SameTarget;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.Usage;
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

  private final RetryPolicy policy = new RetryPolicy(GatewayTimeouts.USUAL.pause());

  @Test
  void a_failure_of_all_keys_is_retried_after_half_a_second_and_after_one_second() {
    assertThat(after(TransientKind.SERVER))
        .isEqualTo(new SameTarget(Duration.ofMillis(500), false));
    assertThat(after(TransientKind.SERVER)).isEqualTo(new SameTarget(Duration.ofSeconds(1), false));
    assertThat(after(TransientKind.SERVER)).isEqualTo(new OtherTarget());
  }

  @Test
  void a_call_that_may_have_been_charged_is_retried_once_after_half_a_second() {
    assertThat(after(TransientKind.CUT)).isEqualTo(new SameTarget(Duration.ofMillis(500), false));
    assertThat(after(TransientKind.CUT)).isEqualTo(new OtherTarget());
  }

  private RetryPolicy.Next after(TransientKind kind) {
    return policy.after(new CallOutcome.Transient(kind, null, TRACE), "account", Duration.ZERO);
  }
}
