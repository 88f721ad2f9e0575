package dev.keywheel.web.security;

import io.javalin.security.RouteRole;

/** What the gate has to know of a route beside who may use it. */
public enum RouteFlag implements RouteRole {
  /**
   * Asked for by the page itself again and again: no sign of a person, so no use of the session.
   */
  POLL,
  /** Sent by the browser itself, which knows no token: changes nothing but a log line. */
  REPORT,
  /** A change that is made while the vault is shut as well: what leads to opening it. */
  WHILE_SHUT,
  /**
   * Needs the password given within the last ten minutes: what an unlocked screen that somebody
   * else uses must not allow.
   */
  STEP_UP
}
