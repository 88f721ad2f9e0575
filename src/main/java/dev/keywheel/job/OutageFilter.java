package dev.keywheel.job;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import dev.keywheel.db.TransientErrors;

/**
 * Drops the messages that db-scheduler logs every few seconds, with a stack trace, while its
 * database does not respond or refuses changes. The outage itself is logged by {@code
 * DatabaseWatch}, and a full disk by {@link JobThreads}. Other transient errors, such as a deadlock
 * or a timeout, are not dropped, because only db-scheduler logs them.
 */
public final class OutageFilter extends Filter<ILoggingEvent> {
  private static final String SCHEDULER = "com.github.kagkarlsson.";

  /** Logged for each running job after the error of its second failed lease renewal. */
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
        && JobThreads.matches(
            thrown.getThrowable(),
            error ->
                TransientErrors.isOfConnection(error) || TransientErrors.refusesChanges(error));
  }
}
