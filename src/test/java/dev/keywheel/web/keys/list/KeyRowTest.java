package dev.keywheel.web.keys.list;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.Limit;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.TestOutcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KeyRowTest {
  private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");
  private static final UUID ID = new UUID(0, 1);

  @Test
  void a_passed_test_of_a_key_whose_account_is_rate_limited_explains_its_status() {
    assertThat(result(LimitScope.ACCOUNT, tested(80)))
        .isEqualTo("Test: works, 80 ms; its account is rate limited");
    assertThat(result(LimitScope.KEY, tested(80))).isEqualTo("Test: works, 80 ms");
  }

  @Test
  void the_row_and_the_message_of_a_test_show_the_same_duration() {
    assertThat(result(LimitScope.KEY, tested(1_510))).isEqualTo("Test: works, 1.5 s");
    assertThat(KeyMessages.tested("ada@example.org", tested(1_510)))
        .isEqualTo("ada@example.org works (1.5 s).");
  }

  private static KeyTestResult tested(int millis) {
    return new KeyTestResult(
        ID, "ada@example.org", KeyStatus.ACTIVE, TestOutcome.ACTIVE, null, null, null, millis, NOW);
  }

  private static String result(LimitScope reach, KeyTestResult tested) {
    var limit =
        new Limit(
            LimitClass.ALL,
            reach,
            KeyReason.FREE_MINUTE,
            new Evidence(NOW, "test", 429, "", "", Map.of(), null),
            NOW,
            NOW,
            true);
    var key =
        new ApiKey(
            ID,
            new PoolId(ID, "openrouter"),
            "ada@example.org",
            "account",
            List.of(),
            "sk-or-v1-",
            "9f2a",
            KeyStatus.RATE_LIMITED,
            KeyReason.FREE_MINUTE,
            NOW,
            NOW,
            NOW,
            List.of(limit),
            NOW,
            null,
            null,
            0,
            0,
            0,
            BigDecimal.ZERO,
            1);
    return new KeyRow(key, tested, List.of()).result();
  }
}
