package dev.keywheel.web.security;

import io.javalin.security.RouteRole;

/** Further properties of a route for the access check. */
public enum RouteFlag implements RouteRole {
  /** Polled by the page, so it does not count as use of the session. */
  POLL,
  /** A report that browsers send without a token; it only writes a log line. */
  REPORT,
  /** A change allowed while the vault is sealed, such as a step that leads to unsealing. */
  WHILE_SEALED,
  /** Does not concern a workspace, so a page of another workspace may send the request. */
  ANY_WORKSPACE,
  /**
   * Needs the password, a code or a passkey given within the last ten minutes, to protect an
   * unattended unlocked screen.
   */
  STEP_UP,
  /** A file, which a browser saves instead of showing it. */
  DOWNLOAD,
  /** Open to an administrator who still has to set up the required second factor. */
  WITHOUT_FACTOR
}
