package dev.keywheel.gateway.ledger;

import dev.keywheel.db.BoundedText;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.secret.shape.SecretShape;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request of a client, as known when it arrives. All members of the workspace can read it, so a
 * provider key that a client sent in the wrong place is masked.
 *
 * @param id a UUIDv7, created when the request arrives
 * @param modelAsked the model as the client named it, or the default model of its token
 * @param agent the client's {@code User-Agent}, cut to 200 characters; null if it sent none
 * @param clientRequestId the client's own id of the request; null if it sent none
 */
public record GatewayRequest(
    UUID id,
    UUID workspaceId,
    UUID tokenId,
    String tokenName,
    GatewayOperation operation,
    String modelAsked,
    boolean streamed,
    String clientAddress,
    @Nullable String agent,
    @Nullable String clientRequestId,
    Instant startedAt) {
  private static final int MAX_AGENT_LENGTH = 200;

  public GatewayRequest {
    modelAsked = SecretShape.PREFIXED.masked(modelAsked);
    agent =
        agent == null
            ? null
            : BoundedText.start(SecretShape.PREFIXED.masked(agent), MAX_AGENT_LENGTH);
    clientRequestId = clientRequestId == null ? null : SecretShape.PREFIXED.masked(clientRequestId);
  }
}
