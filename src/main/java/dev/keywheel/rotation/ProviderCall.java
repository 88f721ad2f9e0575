package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Provider;
import dev.keywheel.secret.Secret;
import java.time.Duration;

/** One request to a provider, with the key that the pool chooses. May be sent several times. */
@FunctionalInterface
public interface ProviderCall {

  /**
   * Sends the request. No transaction may be open in the calling thread.
   *
   * @param maxTokens the specified number, or fewer if the key's credit requires it
   * @param left time until the operation's deadline; positive
   */
  CallOutcome send(Provider provider, Secret key, int maxTokens, Duration left);
}
