package dev.keywheel.gateway.ledger;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.provider.CallOutcome;

/** The state of an attempt; only {@code SENT} is open. */
public enum GatewayAttemptState implements StoredEnum {
  SENT,
  OK,
  HTTP_ERROR,
  TIMEOUT,
  /** The provider's answer ended early after data was passed on. */
  TRUNCATED,
  /** Aborted because the client disconnected or did not read, or a user aborted the request. */
  CLIENT_GONE,
  /** Stored, but never sent. */
  NOT_SENT,
  /**
   * The node ended without storing the outcome. The provider may have answered and billed the
   * attempt.
   */
  UNKNOWN;

  /** The state of an attempt with this outcome. */
  public static GatewayAttemptState of(CallOutcome outcome) {
    return switch (outcome) {
      case CallOutcome.Answer _ -> OK;
      case CallOutcome.TimedOut _ -> TIMEOUT;
      case CallOutcome.KeyMalformed _ -> NOT_SENT;
      case CallOutcome.KeyRefusal _, CallOutcome.CallFailure _ -> HTTP_ERROR;
    };
  }
}
