package dev.keywheel.web.server;

import dev.keywheel.db.TransientErrors;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The error page for a request that failed because of the database; a retry may help. */
enum DatabaseFault {
  AWAY(
      "The database does not answer",
      "Keywheel cannot reach its database. Saved data is not lost; try again in a few seconds.",
      Duration.ofSeconds(5)),
  UNCERTAIN(
      "It is unknown whether this was saved",
      "The connection to the database was lost while a change was being saved. Check whether it was"
          + " saved before you send it again.",
      null),
  BUSY(
      "Temporarily busy",
      "The database did not finish in time, for example because another operation is changing the"
          + " same data. Nothing was changed; try again in a few seconds.",
      Duration.ofSeconds(5)),
  FULL(
      "The disk is full",
      "The disk of the database is full, so nothing can be saved. Saved data is not lost. An"
          + " administrator must free space; then try again.",
      Duration.ofMinutes(1)),
  READ_ONLY(
      "The database is read-only",
      "The database accepts no changes at the moment, for example during maintenance or after a"
          + " failover. Nothing was changed. Pages can be read; try again later.",
      Duration.ofSeconds(30));

  private final String title;
  private final String sentence;
  private final @Nullable Duration retryAfter;

  DatabaseFault(String title, String sentence, @Nullable Duration retryAfter) {
    this.title = title;
    this.sentence = sentence;
    this.retryAfter = retryAfter;
  }

  String title() {
    return title;
  }

  ErrorPage errorPage(String requestId, String formPage) {
    var check = this == UNCERTAIN ? formPage : null;
    return new ErrorPage(503, title, sentence, retryAfter, requestId, check, false, null);
  }

  /** The fault of an exception; empty if it is not from the database or a retry does not help. */
  static Optional<DatabaseFault> of(Throwable problem) {
    var state = state(problem);
    if (state == null) {
      return Optional.empty();
    }
    if (TransientErrors.isOutcomeUnknown(problem)) {
      return Optional.of(UNCERTAIN);
    }
    if (state.equals("53100")) {
      return Optional.of(FULL);
    }
    if (TransientErrors.isReadOnly(problem)) {
      return Optional.of(READ_ONLY);
    }
    if (state.equals("55P03") || state.equals("57014") || state.startsWith("40")) {
      return Optional.of(BUSY);
    }
    return state.isEmpty() || state.startsWith("53") || TransientErrors.isTransient(problem)
        ? Optional.of(AWAY)
        : Optional.empty();
  }

  /**
   * The SQL state; empty for errors of the connection pool, null for errors not from the database.
   */
  private static @Nullable String state(Throwable problem) {
    @Nullable String found = null;
    for (var cause : TransientErrors.causes(problem)) {
      if (cause instanceof SQLException sql) {
        @Nullable String state = sql.getSQLState();
        found = state == null ? "" : state;
      }
    }
    return found;
  }
}
