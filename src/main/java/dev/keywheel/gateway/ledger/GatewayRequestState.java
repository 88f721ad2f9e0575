package dev.keywheel.gateway.ledger;

import dev.keywheel.db.StoredEnum;

/** The state of a request; only {@code IN_FLIGHT} is open. */
public enum GatewayRequestState implements StoredEnum {
  IN_FLIGHT("In flight"),
  OK("Answered"),
  /** The client closed its connection, or did not read, before the end of the answer. */
  CLIENT_GONE("Client gone"),
  /** A user aborted the request on its page. */
  ABORTED("Aborted"),
  /** The answer ended early after data was passed on. */
  TRUNCATED("Truncated"),
  /** Refused by the gateway, for example because of a limit, a lack of keys or an unknown model. */
  REFUSED("Refused"),
  FAILED("Failed"),
  /**
   * The node that handled the request ended without storing the outcome. The provider may have
   * answered and billed the request.
   */
  UNKNOWN("Unknown");

  private final String label;

  GatewayRequestState(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }
}
