package dev.keywheel.job;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import dev.keywheel.db.TransientErrors;

/**
 * Drops what db-scheduler logs each time its database does not answer or refuses changes, which is
 * every few seconds and with a stack trace. The outage itself is logged by those who watch the
 * database, and a full disk by {@link JobThreads}. Other errors that pass, as a deadlock or a
 * timeout, are logged here only.
 */
public final class OutageFilter extends Filter<ILoggingEvent> {
  private static final String SCHEDULER = "com.github.kagkarlsson.";

  /** Follows the error of the second renewal that failed, for each job that runs. */
  private static final String REPEATED = "Execution has more than 1 failed heartbeats.";

  @Override
  public FilterReply decide(ILoggingEvent event) {
    boolean dropped =
        event.getLoggerName().startsWith(SCHEDULER)
            && (event.getMessage().startsWith(REPEATED) || isOfOutage(event));
    return dropped ? FilterReply.DENY : FilterReply.NEUTRAL;
  }

  private static boolean isOfOutage(ILoggingEvent event) {
    return event.getThrowableProxy() instanceof ThrowableProxy thrown
        && JobThreads.is(
            thrown.getThrowable(),
            error ->
                TransientErrors.isOfConnection(error) || TransientErrors.refusesChanges(error));
  }
}
