package dev.keywheel.gateway.ledger;

import dev.keywheel.db.StoredEnum;

/** The state of an attempt: the stored code and its text for users. Only {@code SENT} is open. */
public enum GatewayAttemptState implements StoredEnum {
  SENT("no answer yet"),
  OK("answered"),
  HTTP_ERROR("refused"),
  TIMEOUT("timed out"),
  /** The provider's answer ended early after data was passed on. */
  TRUNCATED("truncated"),
  /** Aborted because the client closed its connection, or a user aborted the request. */
  CLIENT_GONE("aborted"),
  /** Stored, but never sent. */
  NOT_SENT("not sent"),
  /** Sent by a node that then died: it may have been answered and billed. */
  UNKNOWN("outcome unknown, may be billed");

  private final String label;

  GatewayAttemptState(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
