package dev.keywheel.recovery.batch;

import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Provider;
import dev.keywheel.secret.Secret;
import dev.keywheel.time.Delayer;
import java.time.Duration;

/**
 * Tests one key with the provider's key check, which is free. Working keys occasionally receive a
 * 401, so a 401 is confirmed by a second check, except for a key that is already failed.
 */
public final class KeyChecker {
  /** Pause between the first 401 and the check that confirms it. */
  static final Duration BEFORE_ASKING_AGAIN = Duration.ofSeconds(2);

  private final Delayer delayer;

  public KeyChecker(Delayer delayer) {
    this.delayer = delayer;
  }

  /**
   * Blocks for one check, or for two checks and the pause between them.
   *
   * @param deadline time limit of each check
   */
  public CheckOutcome ask(Provider provider, Secret secret, boolean failedSoFar, Duration deadline)
      throws InterruptedException {
    var first = provider.check(secret, deadline);
    if (!(first instanceof CheckOutcome.Unauthorized) || failedSoFar) {
      return first;
    }
    delayer.sleep(BEFORE_ASKING_AGAIN);
    return provider.check(secret, deadline);
  }
}
