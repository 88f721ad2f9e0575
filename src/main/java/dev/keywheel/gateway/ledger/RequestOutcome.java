package dev.keywheel.gateway.ledger;

import dev.keywheel.provider.Usage;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a request ended. Provider, model and key are those of its last attempt; null without one.
 *
 * @param httpStatus the status sent to the client; null when the client disconnected before that
 * @param reason the error code, for instance {@code pool_limited}, with the message of a refusal
 *     after a colon; {@code model:empty} for an answer without content, or {@code client_stalled}
 *     for a client that did not read; otherwise null
 * @param model the id that was sent to the provider
 * @param firstEventMs milliseconds from the arrival to the first content; null without content
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
