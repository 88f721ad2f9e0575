package dev.keywheel.recovery.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.KeyStatus;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BatchLogTest {
  @Test
  void only_a_key_that_could_not_be_used_before_is_said_to_have_still_failed() {
    assertThat(ended(KeyStatus.FAILED, TestOutcome.FAILED)).startsWith("❌ Key still failed: ada");
    assertThat(ended(KeyStatus.ACTIVE, TestOutcome.FAILED)).startsWith("❌ Key failed: ada");
    assertThat(ended(KeyStatus.RATE_LIMITED, TestOutcome.FAILED)).startsWith("❌ Key failed: ada");
    assertThat(ended(KeyStatus.FAILED, TestOutcome.RATE_LIMITED))
        .startsWith("⏳ Key rate limited: ada");
    assertThat(ended(KeyStatus.RATE_LIMITED, TestOutcome.RATE_LIMITED))
        .startsWith("⏳ Key still rate limited: ada");
    assertThat(ended(KeyStatus.ACTIVE, TestOutcome.RATE_LIMITED))
        .startsWith("⏳ Key rate limited: ada");
  }

  private static String ended(KeyStatus before, TestOutcome outcome) {
    var at = Instant.EPOCH;
    return BatchLog.ended(
            new KeyTestResult(UUID.randomUUID(), "ada", before, outcome, null, null, null, 12, at))
        .message();
  }
}
