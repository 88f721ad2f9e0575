package dev.keywheel.gateway.ledger;

import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request as pages show it. While its outcome is not known, its key, model and provider are those
 * of its last attempt.
 *
 * @param reason as in {@link RequestOutcome}
 * @param firstEventMs milliseconds from its arrival to the first content; null without content
 * @param cost as reported by the provider; null if it reported none
 */
public record GatewayRequestRow(
    UUID id,
    UUID workspaceId,
    UUID tokenId,
    String tokenName,
    GatewayOperation operation,
    String modelAsked,
    @Nullable String model,
    @Nullable String provider,
    boolean streamed,
    GatewayRequestState state,
    @Nullable Integer httpStatus,
    @Nullable String reason,
    int attempts,
    @Nullable UUID keyId,
    @Nullable String keyName,
    Instant startedAt,
    @Nullable Instant endedAt,
    @Nullable Integer firstEventMs,
    @Nullable Integer promptTokens,
    @Nullable Integer completionTokens,
    @Nullable BigDecimal cost,
    String clientAddress,
    @Nullable String agent,
    @Nullable String clientRequestId) {

  /** How long the request lasted; until {@code now} for a request in flight. */
  public Duration lasted(Instant now) {
    return Duration.between(startedAt, endedAt == null ? now : endedAt);
  }

  /** Whether the answer was complete, but without content. */
  public boolean empty() {
    return state == GatewayRequestState.OK && ModelErrorKind.EMPTY.code().equals(reason);
  }

  public boolean inFlight() {
    return state == GatewayRequestState.IN_FLIGHT;
  }
}
