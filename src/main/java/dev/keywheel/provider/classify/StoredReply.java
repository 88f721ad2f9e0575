package dev.keywheel.provider.classify;

import dev.keywheel.provider.ApiProtocol;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.http.RequestContext;
import dev.keywheel.secret.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A complete stored reply, which is classified again as the answer to its request.
 *
 * @param at when the reply was received
 * @param latencyMs as measured when the reply was received
 */
public record StoredReply(Instant at, int status, byte[] body, int latencyMs) {

  /** A provider that sends nothing and answers every chat or image request with this reply. */
  public Provider insteadOf(Provider real) {
    return new Replaying(this, real);
  }

  private CallOutcome outcome(RequestContext requestContext) {
    return Classifier.call(
        new Reply(status, Map.of(), body, End.WHOLE), requestContext, at, latencyMs);
  }

  private record Replaying(StoredReply reply, Provider real) implements Provider {
    @Override
    public String name() {
      return real.name();
    }

    @Override
    public String label() {
      return real.label();
    }

    @Override
    public CheckOutcome check(Secret key, Duration deadline) {
      throw new UnsupportedOperationException("A stored reply has no key check");
    }

    @Override
    public CallOutcome chat(Secret key, ChatRequest request) {
      return reply.outcome(RequestContext.chat(request));
    }

    @Override
    public CallOutcome image(Secret key, ImageRequest request) {
      return reply.outcome(RequestContext.image(request));
    }

    @Override
    public Optional<URI> endpoint(ApiProtocol protocol) {
      return real.endpoint(protocol);
    }

    @Override
    public Catalogue catalogue() {
      return real.catalogue();
    }
  }
}
