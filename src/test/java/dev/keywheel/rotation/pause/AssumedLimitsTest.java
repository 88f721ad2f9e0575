package dev.keywheel.rotation.pause;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AssumedLimitsTest {
  private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");
  private static final PoolId POOL = new PoolId(new UUID(0, 1), "openrouter");

  private final AssumedLimits limits = new AssumedLimits();

  @Test
  void only_the_first_account_of_a_model_is_suspected_until_ten_minutes_have_passed() {
    assertThat(follows("m", "a", NOW)).isFalse();
    assertThat(follows("m", "b", NOW.plusSeconds(599))).isTrue();
    assertThat(follows("m", "a", NOW.plusSeconds(599))).as("the first again").isFalse();

    assertThat(follows("m", "b", NOW.plusSeconds(600))).isFalse();
    assertThat(follows("m", "a", NOW.plusSeconds(601))).isTrue();
  }

  @Test
  void each_model_of_each_pool_has_its_own_first_account() {
    var other = new PoolId(new UUID(0, 2), "openrouter");

    assertThat(follows("m", "a", NOW)).isFalse();
    assertThat(follows("n", "b", NOW)).isFalse();
    assertThat(limits.followsOtherAccount(other, "m", "b", NOW)).isFalse();
  }

  private boolean follows(String model, String account, Instant now) {
    return limits.followsOtherAccount(POOL, model, account, now);
  }
}
