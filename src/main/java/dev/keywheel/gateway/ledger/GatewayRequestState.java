package dev.keywheel.gateway.ledger;

import dev.keywheel.db.StoredEnum;

/** The state of a request; only {@code IN_FLIGHT} is open. */
public enum GatewayRequestState implements StoredEnum {
  IN_FLIGHT,
  OK,
  /** The client closed its connection before the end of the answer. */
  CLIENT_GONE,
  /** A user aborted the request on its page. */
  ABORTED,
  /** The answer ended early after data was passed on. */
  TRUNCATED,
  /** Refused by the gateway: a limit of the token, no key, an unknown model, a bad request. */
  REFUSED,
  FAILED,
  /** The node died. The provider may have answered and billed the request. */
  UNKNOWN
}
