package dev.keywheel.db.embedded;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives the log of the library that starts the embedded PostgreSQL. The library logs the output
 * of the server as information, which is not shown, because it can contain values of statements.
 * The last reasons why a server ended are kept, for the message about a start that failed; warnings
 * are passed on.
 */
public final class ServerMessages extends AppenderBase<ILoggingEvent> {
  private static final Logger log = LoggerFactory.getLogger(ServerMessages.class);
  private static final int MAX_REASONS = 3;

  /** Answers to connections that arrive too early; they do not say why the server ended. */
  private static final String NOT_YET = "the database system is ";

  /** Printed by {@code pg_ctl} before the server's first line. */
  private static final Pattern WAITING = Pattern.compile("^waiting for server to start\\.+");

  private static final Deque<String> reasons = new ArrayDeque<>();

  static void clear() {
    synchronized (reasons) {
      reasons.clear();
    }
  }

  /** The reasons since the last call of {@link #clear}, one after the other; empty without any. */
  static String reasons() {
    synchronized (reasons) {
      return String.join("; ", reasons);
    }
  }

  @Override
  protected void append(ILoggingEvent event) {
    var line = WAITING.matcher(event.getFormattedMessage().strip()).replaceFirst("");
    if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
      log.warn(line, thrown(event));
    } else if (isReason(line)) {
      synchronized (reasons) {
        reasons.add(line);
        if (reasons.size() > MAX_REASONS) {
          reasons.remove();
        }
      }
    }
  }

  private static boolean isReason(String line) {
    return !line.contains(NOT_YET)
        && (line.contains("FATAL: ") || line.contains("PANIC: ") || line.startsWith("postgres: "));
  }

  private static @Nullable Throwable thrown(ILoggingEvent event) {
    return event.getThrowableProxy() instanceof ThrowableProxy proxy ? proxy.getThrowable() : null;
  }
}
