package dev.keywheel.db;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

public final class TransientErrors {
  /** The SQLState of a commit whose confirmation was lost. */
  static final String TRANSACTION_RESOLUTION_UNKNOWN = "08007";

  /**
   * Prefixes of SQLStates: connection lost or refused (08), serialization failure or deadlock (40),
   * server shutting down or starting (57P), lock timeout, statement timeout, too many connections,
   * a full disk (the data to be written may have cost money), and a read-only database.
   */
  private static final List<String> STATES =
      List.of("08", "40", "57P", "55P03", "57014", "53300", "53100", "25006");

  /** Errors that the values of a statement cause: invalid or too long, or against a constraint. */
  private static final List<String> DATA = List.of("22", "23", "54");

  /** The connection is lost or refused, or the server is shutting down or starting. */
  private static final List<String> UNREACHABLE = List.of("08", "57P");

  /** The server, or {@link Database}, does not know whether a transaction was committed. */
  private static final List<String> OUTCOME_UNKNOWN =
      List.of(TRANSACTION_RESOLUTION_UNKNOWN, "40003");

  private static final List<String> READ_ONLY = List.of("25006");

  private static final List<String> DISK_FULL = List.of("53100");

  private static final List<String> RIGHT_MISSING = List.of("42501");

  /** Too many connections. */
  private static final List<String> TOO_MANY_CONNECTIONS = List.of("53300");

  private TransientErrors() {}

  /** Whether the error, one of its causes, or an exception chained to them is transient. */
  public static boolean isTransient(@Nullable Throwable error) {
    return any(error, TransientErrors::isTransientError);
  }

  /** Whether no connection is available: lost, refused, or none free in the pool. */
  public static boolean isOfConnection(@Nullable Throwable error) {
    return any(
        error, sql -> sql instanceof SQLTransientConnectionException || hasState(sql, UNREACHABLE));
  }

  /**
   * Whether the server is unavailable or has too many connections. False when all connections of a
   * pool are in use: the pool reports that without an SQLState.
   */
  public static boolean isOutage(@Nullable Throwable error) {
    return any(error, sql -> hasState(sql, UNREACHABLE) || hasState(sql, TOO_MANY_CONNECTIONS));
  }

  /** Whether a transaction may or may not have been committed. */
  public static boolean isOutcomeUnknown(@Nullable Throwable error) {
    return any(error, sql -> hasState(sql, OUTCOME_UNKNOWN));
  }

  /** Whether the database can be read and accepts no changes, as a standby server does. */
  public static boolean isReadOnly(@Nullable Throwable error) {
    return any(error, sql -> hasState(sql, READ_ONLY));
  }

  /**
   * Whether the database accepts no changes until an operator acts: read-only, or its disk is full.
   */
  public static boolean refusesChanges(@Nullable Throwable error) {
    return isReadOnly(error) || isDiskFull(error);
  }

  public static boolean isDiskFull(@Nullable Throwable error) {
    return any(error, sql -> hasState(sql, DISK_FULL));
  }

  /** Whether the role lacks a right. */
  public static boolean isOfRight(@Nullable Throwable error) {
    return any(error, sql -> hasState(sql, RIGHT_MISSING));
  }

  /**
   * Whether the database refuses the statement for a reason other than its values: unavailable,
   * read-only, full, a missing right. The same statement may succeed later.
   */
  public static boolean isOfDatabase(@Nullable Throwable error) {
    return any(error, _ -> true) && !any(error, sql -> hasState(sql, DATA));
  }

  /** The innermost cause, for a log line. Unlike the outer errors, it omits the SQL statement. */
  public static String cause(Throwable error) {
    return rootCause(error).toString();
  }

  /** The innermost cause; in a cycle of causes, the last one before the cycle repeats. */
  public static Throwable rootCause(Throwable error) {
    return causes(error).getLast();
  }

  /** The error and its causes, innermost last; in a cycle of causes, each once. */
  public static List<Throwable> causes(Throwable error) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    var causes = new ArrayList<Throwable>();
    for (@Nullable Throwable next = error; next != null && seen.add(next); next = next.getCause()) {
      causes.add(next);
    }
    return causes;
  }

  private static boolean any(@Nullable Throwable error, Predicate<SQLException> test) {
    return any(error, test, Collections.newSetFromMap(new IdentityHashMap<>()));
  }

  private static boolean any(
      @Nullable Throwable error, Predicate<SQLException> test, Set<Throwable> seen) {
    if (error == null || !seen.add(error)) {
      return false;
    }
    if (error instanceof SQLException sql
        && (test.test(sql) || any(sql.getNextException(), test, seen))) {
      return true;
    }
    return any(error.getCause(), test, seen);
  }

  private static boolean isTransientError(SQLException error) {
    return error instanceof SQLTransientConnectionException // the connection pool is exhausted
        || hasState(error, STATES);
  }

  private static boolean hasState(SQLException error, List<String> states) {
    var state = error.getSQLState();
    return state != null && states.stream().anyMatch(state::startsWith);
  }
}
