package dev.keywheel.web.security;

import io.javalin.security.RouteRole;

/** Further properties of a route for the access check. */
public enum RouteFlag implements RouteRole {
  /** Polled by the page, so it does not count as use of the session. */
  POLL,
  /** Sent by the browser without a token; only writes a log line. */
  REPORT,
  /** A change allowed while the vault is sealed: steps that lead to unsealing. */
  WHILE_SHUT,
  /**
   * Needs a password confirmation from the last ten minutes, to protect an unattended unlocked
   * screen.
   */
  STEP_UP
}
