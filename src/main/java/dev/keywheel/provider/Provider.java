package dev.keywheel.provider;

import dev.keywheel.secret.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * One upstream that serves language models for keys.
 *
 * <p>No method throws because of the upstream or the network: every answer, and every failure to
 * get one, is an outcome. All methods block the calling thread, which should be a virtual one. An
 * interrupt ends the call immediately, leaves the interrupt flag set, and is also an outcome.
 */
public interface Provider {

  /** The name stored with keys, for instance {@code openrouter}. */
  String name();

  /** The display name, for instance {@code OpenRouter}. */
  String label();

  /**
   * Checks the key. Costs no money and no quota.
   *
   * @param deadline time limit of the exchange, from connecting to the last byte of the answer
   */
  CheckOutcome check(Secret key, Duration deadline);

  /** Calls a text model with exactly one request to the upstream. */
  CallOutcome chat(Secret key, ChatRequest request);

  /**
   * Calls an image model. When the upstream answers that the model needs another route or other
   * modalities (such a refusal costs nothing), the outcome is a {@code ModelError} of kind {@code
   * OTHER_ROUTE}, and later calls of the model use that form.
   */
  CallOutcome image(Secret key, ImageRequest request);

  /**
   * The address that takes requests of this protocol unchanged; empty if the provider does not
   * support it.
   */
  Optional<URI> endpoint(ApiProtocol protocol);

  /** Whether a stream reports its usage at the end even if the request does not ask for it. */
  default boolean streamsUsageUnasked() {
    return true;
  }

  /**
   * The models that the provider offers. A copy that is an hour old is replaced in the background
   * after its next use, and stays in use while the upstream does not answer. Without a copy, the
   * caller waits for the upstream; {@link Catalogue#unknown()} if that does not answer.
   */
  Catalogue catalogue();
}
