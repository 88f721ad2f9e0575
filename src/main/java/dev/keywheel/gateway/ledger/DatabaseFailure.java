package dev.keywheel.gateway.ledger;

import dev.keywheel.db.TransientErrors;

/** The messages for clients when the database fails. */
public final class DatabaseFailure {
  public static final String UNAVAILABLE =
      "The gateway cannot reach its database. Try again in a moment.";

  /**
   * The message for a slow database, or for a lock of the pool that another transaction holds for
   * too long.
   */
  public static final String SLOW =
      "The gateway's database did not answer in time. Try again in a moment.";

  private DatabaseFailure() {}

  public static String sentence(Throwable e) {
    if (TransientErrors.isDiskFull(e)) {
      return "The disk of the gateway's database is full, so no request can be recorded. Try again"
          + " when an administrator has freed space.";
    }
    if (TransientErrors.isReadOnly(e)) {
      return "The gateway's database is read-only at the moment, so no request can be recorded. Try"
          + " again later.";
    }
    return TransientErrors.isOfConnection(e)
        ? UNAVAILABLE
        : "The gateway's database could not serve the request. Try again in a moment.";
  }
}
