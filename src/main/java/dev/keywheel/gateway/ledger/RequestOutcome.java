package dev.keywheel.gateway.ledger;

import dev.keywheel.provider.Usage;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a request ended. The rest is of its last attempt, null when it got none.
 *
 * @param httpStatus as answered to the client; null when the client was gone before
 * @param reason the code of the error, for instance {@code pool_limited}
 * @param model as the provider was asked for it
 * @param firstEventMs from the request's arrival to the first data for the client
 */
public record RequestOutcome(
    GatewayRequestState state,
    @Nullable Integer httpStatus,
    @Nullable String reason,
    @Nullable String provider,
    @Nullable String model,
    @Nullable UUID keyId,
    @Nullable String keyName,
    int attempts,
    Usage usage,
    @Nullable Integer firstEventMs,
    Instant endedAt) {}
