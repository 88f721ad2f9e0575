package dev.keywheel.db;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells transient database errors from permanent ones. A full disk (53100) is not transient:
 * retrying the write makes it worse.
 */
public final class TransientErrors {
  /**
   * By SQLState: connection lost or refused (08), serialization failure or deadlock (40), server
   * shutting down or starting (57P), lock timeout, statement timeout, too many connections.
   */
  private static final List<String> STATES = List.of("08", "40", "57P", "55P03", "57014", "53300");

  private TransientErrors() {}

  /** Checks the error, its causes and the exceptions chained to them. */
  public static boolean isTransient(@Nullable Throwable error) {
    return isTransient(error, Collections.newSetFromMap(new IdentityHashMap<>()));
  }

  private static boolean isTransient(@Nullable Throwable error, Set<Throwable> seen) {
    if (error == null || !seen.add(error)) {
      return false;
    }
    if (error instanceof SQLException sql
        && (passes(sql) || isTransient(sql.getNextException(), seen))) {
      return true;
    }
    return isTransient(error.getCause(), seen);
  }

  private static boolean passes(SQLException error) {
    var state = error.getSQLState();
    return error instanceof SQLTransientConnectionException // the connection pool is exhausted
        || (state != null && STATES.stream().anyMatch(state::startsWith));
  }
}
