package dev.keywheel.recovery.batch;

import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Provider;
import dev.keywheel.secret.Secret;
import dev.keywheel.time.Delayer;
import java.time.Duration;

/**
 * Tests one key by asking the provider about it, which is free. A 401 counts for a key that works
 * so far only when it comes twice: good keys get one now and then. For a key known to be failed one
 * more 401 says enough.
 */
public final class KeyChecker {
  /** Time between the first 401 and the question that confirms it. */
  static final Duration BEFORE_ASKING_AGAIN = Duration.ofSeconds(2);

  private final Delayer delayer;

  public KeyChecker(Delayer delayer) {
    this.delayer = delayer;
  }

  /**
   * Blocks for the answer, or for two of them and the pause between.
   *
   * @param deadline of each single check
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
