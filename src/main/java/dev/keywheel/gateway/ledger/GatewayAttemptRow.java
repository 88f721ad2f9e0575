package dev.keywheel.gateway.ledger;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An attempt as it is shown.
 *
 * @param seat the rotation number that its key was given for it
 * @param outcome the kind of outcome; null while there is none
 * @param cost null when the provider named none
 * @param generationId the provider's own reference, for asking it about the call
 */
public record GatewayAttemptRow(
    UUID id,
    UUID requestId,
    int no,
    long seat,
    UUID keyId,
    String keyName,
    String provider,
    String model,
    GatewayAttemptState state,
    @Nullable Integer httpStatus,
    @Nullable String outcome,
    Instant openedAt,
    @Nullable Integer firstEventMs,
    @Nullable Integer latencyMs,
    @Nullable Integer promptTokens,
    @Nullable Integer completionTokens,
    @Nullable BigDecimal cost,
    @Nullable String generationId) {}
