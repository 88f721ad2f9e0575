package dev.keywheel.gateway.call;

import dev.keywheel.gateway.ledger.AttemptOutcome;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.GatewayRequest;
import dev.keywheel.gateway.ledger.RequestOutcome;
import dev.keywheel.gateway.model.Target;
import dev.keywheel.gateway.seat.SeatGrant.Granted;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Usage;
import dev.keywheel.rotation.OutcomeText;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Collects the outcomes of one request and of its attempts for the ledger. */
final class CallRecord {
  private final GatewayLedger ledger;
  private final InstantSource clock;
  private final boolean limited;
  private GatewayRequest request;
  private boolean counted;
  private int attempts;
  private @Nullable Target target;
  private @Nullable Granted granted;
  private Usage usage = Usage.NONE;
  private @Nullable Integer firstEventMs;

  /**
   * @param limited whether the token limits parallel requests
   */
  CallRecord(GatewayLedger ledger, GatewayRequest request, InstantSource clock, boolean limited) {
    this.ledger = ledger;
    this.request = request;
    this.clock = clock;
    this.limited = limited;
  }

  GatewayRequest request() {
    return request;
  }

  /** Replaces a request whose token was changed before its first attempt. */
  void replaceRequest(GatewayRequest other) {
    request = other;
  }

  /** Whether the request was counted towards the requests per minute of its token. */
  boolean counted() {
    return counted;
  }

  void markCounted() {
    counted = true;
  }

  int attempts() {
    return attempts;
  }

  /** Whether content of an attempt that has ended was sent to the client. */
  boolean hasContent() {
    return firstEventMs != null;
  }

  void begin(Target where, Granted seat) {
    attempts++;
    target = where;
    granted = seat;
  }

  /**
   * @param firstMs milliseconds from the arrival of the request to the first content; null without
   *     content
   */
  void recordEnd(AttemptOutcome attempt, @Nullable Integer firstMs) {
    usage = usage.plus(attempt.usage());
    firstEventMs = firstMs;
    ledger.recordEnd(attempt);
  }

  void recordNotSent(Granted seat) {
    ledger.recordEnd(AttemptOutcome.notSent(seat.attemptId(), seat.key().id(), clock.instant()));
  }

  /**
   * @param outcome the code of the outcome; null if the call was cancelled, or the client was lost,
   *     before the answer was complete
   */
  void recordEnd(
      Granted seat, GatewayAttemptState state, @Nullable String outcome, RelayedAttempt attempt) {
    recordEnd(
        new AttemptOutcome(
            seat.attemptId(),
            seat.key().id(),
            state,
            attempt.status(),
            outcome,
            attempt.usage(),
            attempt.latencyMs(),
            attempt.sendToContentMs(),
            attempt.generationId(),
            clock.instant()),
        attempt.arrivalToContentMs());
  }

  /**
   * @param outcome null if there is none
   * @param elapsed from the beginning of the request to the end of the attempt
   */
  void recordEnd(
      Granted seat, GatewayAttemptState state, @Nullable CallOutcome outcome, Duration elapsed) {
    boolean answered = outcome instanceof CallOutcome.Answer;
    recordEnd(
        new AttemptOutcome(
            seat.attemptId(),
            seat.key().id(),
            state,
            outcome == null ? null : outcome.evidence().httpStatus(),
            outcome == null || state == GatewayAttemptState.CLIENT_GONE
                ? state.code()
                : OutcomeText.code(outcome),
            outcome == null ? Usage.NONE : outcome.usage(),
            outcome == null ? 0 : outcome.latencyMs(),
            outcome != null && answered ? outcome.latencyMs() : null,
            outcome == null ? null : outcome.evidence().generationId(),
            clock.instant()),
        answered ? (int) elapsed.toMillis() : null);
  }

  void close(Ending ending) {
    ledger.close(
        request,
        new RequestOutcome(
            ending.state(),
            ending.httpStatus(),
            ending.reason(),
            target == null ? null : target.pool().provider(),
            target == null ? null : target.model(),
            granted == null ? null : granted.key().id(),
            granted == null ? null : granted.key().name(),
            attempts,
            usage,
            firstEventMs,
            clock.instant()),
        limited);
  }
}
