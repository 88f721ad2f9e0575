package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Provider;
import dev.keywheel.secret.Secret;
import java.time.Duration;

/** One request to a provider, with the key that the pool chooses. May be sent several times. */
@FunctionalInterface
public interface ProviderCall {

  /**
   * Sends it, without any transaction open.
   *
   * @param maxTokens as specified, or fewer when the key's credit requires it
   * @param left until the operation's deadline; positive
   */
  CallOutcome send(Provider provider, Secret key, int maxTokens, Duration left);
}
