package dev.keywheel.sandbox.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class AccountsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Accounts accounts = new Accounts(Accounts.FREE_PER_MINUTE);

  @Test
  void only_the_most_recently_used_keys_are_kept() {
    for (int n = 0; n <= Accounts.MAX_KEYS; n++) {
      accounts.recordCheck(key(n), NOW);
    }
    assertThat(accounts.recordCheck(key(1), NOW)).isEqualTo(2);
    assertThat(accounts.recordCheck(key(0), NOW)).as("the key used first was dropped").isEqualTo(1);
  }

  private static SandboxKey key(int n) {
    String text = SandboxKey.PREFIX + "valid-" + n;
    return new SandboxKey(text, "valid", "", text);
  }
}
