package dev.keywheel.gateway.ledger;

import dev.keywheel.db.StoredEnum;

/**
 * The state of a request: the stored code and its text for users. Only {@code IN_FLIGHT} is open.
 */
public enum GatewayRequestState implements StoredEnum {
  IN_FLIGHT("in flight"),
  OK("answered"),
  /** The client closed its connection before the end of the answer. */
  CLIENT_GONE("client gone"),
  /** A user ended it on its page. */
  ABORTED("aborted"),
  /** The answer ended early after data was passed on. */
  TRUNCATED("truncated"),
  /** Refused by the gateway: a limit of the token, no key, an unknown model, a bad request. */
  REFUSED("refused"),
  FAILED("failed"),
  /** The node died: the request may have been answered and billed. */
  UNKNOWN("outcome unknown, may be billed");

  private final String label;

  GatewayRequestState(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
