package dev.keywheel.gateway.ledger;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An attempt as pages show it.
 *
 * @param rotationNumber the number that this attempt gave its key in the rotation
 * @param outcome the code of the outcome; null without one
 * @param cost as reported by the provider; null if it reported none
 * @param generationId the provider's id of the answer; null if it sent none
 */
public record GatewayAttemptRow(
    UUID id,
    UUID requestId,
    int no,
    long rotationNumber,
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
