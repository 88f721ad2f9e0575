package dev.keywheel.gateway.ledger;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An attempt as pages show it.
 *
 * @param seat the rotation number that its key got for this attempt
 * @param outcome the code of the outcome; null without one
 * @param cost as reported by the provider; null if it reported none
 * @param generationId the provider's id of the answer; null if it sent none
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
