package dev.keywheel.gateway.ledger;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Filter of a list of requests. A component that is null matches all requests.
 *
 * @param empty whether the requests ended with an empty answer
 * @param model as requested by the client
 */
public record GatewayRequestFilter(
    @Nullable GatewayRequestState state,
    @Nullable Boolean empty,
    @Nullable UUID tokenId,
    @Nullable String model) {}
