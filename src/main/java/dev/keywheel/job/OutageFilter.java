package dev.keywheel.job;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import dev.keywheel.db.TransientErrors;

/**
 * Drops what db-scheduler logs each time its database does not answer, which is every few seconds
 * and with a stack trace. The outage itself is logged once, by those who watch the database. Other
 * errors that pass, as a deadlock or a timeout, are logged here only.
 */
public final class OutageFilter extends Filter<ILoggingEvent> {
  private static final String SCHEDULER = "com.github.kagkarlsson.";

  @Override
  public FilterReply decide(ILoggingEvent event) {
    boolean outage =
        event.getLoggerName().startsWith(SCHEDULER)
            && event.getThrowableProxy() instanceof ThrowableProxy thrown
            && JobThreads.is(thrown.getThrowable(), TransientErrors::isOfConnection);
    return outage ? FilterReply.DENY : FilterReply.NEUTRAL;
  }
}
