package dev.keywheel.rotation;

import dev.keywheel.time.Pause;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jooq.exception.DataAccessException;

/**
 * Writes what must not be lost. An answer in hand is paid for: when the database is away for a
 * moment (a restart, a fail-over) it is written as soon as the database is back.
 */
final class Patience {
  /** Waits between tries, some 30 s in all: what a restart of PostgreSQL takes, with room. */
  private static final List<Duration> WAITS =
      List.of(
          Duration.ofMillis(200),
          Duration.ofMillis(500),
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(4),
          Duration.ofSeconds(8),
          Duration.ofSeconds(15));

  private final Pause pause;

  Patience(Pause pause) {
    this.pause = pause;
  }

  /**
   * {@code transaction} may be tried several times, and finds out itself whether it was committed.
   */
  <T> T write(Supplier<T> transaction) {
    int tries = 0;
    while (true) {
      try {
        return transaction.get();
      } catch (DataAccessException e) {
        if (tries == WAITS.size() || !passes(e) || !pause.slept(WAITS.get(tries++))) {
          throw e;
        }
      }
    }
  }

  /**
   * Connection lost or refused (08), shutting down or starting (57P), deadlock, no connection free.
   */
  private static boolean passes(DataAccessException e) {
    var cause = e.getCause(SQLException.class);
    if (cause == null) {
      return false;
    }
    var state = cause.getSQLState();
    return cause instanceof SQLTransientException
        || (state != null
            && (state.startsWith("08") || state.startsWith("57P") || state.startsWith("40")));
  }
}
