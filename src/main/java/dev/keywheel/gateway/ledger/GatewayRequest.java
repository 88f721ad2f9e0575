package dev.keywheel.gateway.ledger;

import dev.keywheel.gateway.token.GatewayOperation;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request of a client, as known when it arrives. Components are named as columns.
 *
 * @param id a UUIDv7, made when it arrives
 * @param modelAsked what the client wrote
 * @param agent the client's {@code User-Agent}
 * @param clientRequestId the client's own id
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
    Instant startedAt) {}
