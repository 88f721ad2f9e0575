package dev.keywheel.support;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.LoggerFactory;

/** The last stack traces of the server, which a response with status 500 does not contain. */
final class LoggedFailures extends AppenderBase<ILoggingEvent> {
  private static final int KEPT = 3;
  private static final LoggedFailures INSTANCE = attached();

  private final Deque<String> last = new ArrayDeque<>();

  private static LoggedFailures attached() {
    var failures = new LoggedFailures();
    failures.start();
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(failures);
    }
    return failures;
  }

  /** Starts recording; has no effect when called again. */
  static void record() {
    INSTANCE.isStarted();
  }

  static String last() {
    synchronized (INSTANCE.last) {
      return String.join("\n", INSTANCE.last);
    }
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(Level.WARN) && event.getThrowableProxy() != null) {
      synchronized (last) {
        last.addLast(
            event.getFormattedMessage()
                + "\n"
                + ThrowableProxyUtil.asString(event.getThrowableProxy()));
        if (last.size() > KEPT) {
          last.removeFirst();
        }
      }
    }
  }
}
