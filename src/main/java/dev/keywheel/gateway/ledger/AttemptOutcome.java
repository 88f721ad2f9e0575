package dev.keywheel.gateway.ledger;

import dev.keywheel.key.pool.KeyUses;
import dev.keywheel.provider.Usage;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended.
 *
 * @param outcome the code of the outcome; null when the request was cancelled
 * @param firstEventMs milliseconds from sending to the first content; null without content
 * @param generationId the provider's id of the answer; null if it sent none
 */
public record AttemptOutcome(
    UUID id,
    UUID keyId,
    GatewayAttemptState state,
    @Nullable Integer httpStatus,
    @Nullable String outcome,
    Usage usage,
    int latencyMs,
    @Nullable Integer firstEventMs,
    @Nullable String generationId,
    Instant endedAt) {

  /** An attempt of which nothing was sent to the provider. */
  public static AttemptOutcome notSent(UUID id, UUID keyId, Instant endedAt) {
    var state = GatewayAttemptState.NOT_SENT;
    return new AttemptOutcome(
        id, keyId, state, null, state.code(), Usage.NONE, 0, null, null, endedAt);
  }

  boolean sent() {
    return state != GatewayAttemptState.NOT_SENT;
  }

  KeyUses.Use use() {
    boolean ok = state == GatewayAttemptState.OK;
    Integer latency = state == GatewayAttemptState.CLIENT_GONE ? null : latencyMs;
    return KeyUses.Use.of(keyId, ok, usage, latency, endedAt);
  }
}
