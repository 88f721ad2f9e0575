package dev.keywheel.job;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import com.github.kagkarlsson.scheduler.Scheduler;
import java.sql.SQLException;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class OutageFilterTest {
  @ParameterizedTest
  @CsvSource({
    "08006, DENY",
    "57P01, DENY",
    "25006, DENY",
    "53100, DENY",
    "40P01, NEUTRAL",
    "55P03, NEUTRAL",
    "57014, NEUTRAL",
    "53300, NEUTRAL",
    "23505, NEUTRAL"
  })
  void only_an_outage_of_the_database_is_left_out_of_the_log(String state, FilterReply reply) {
    var error = new DataAccessException("renewing a lease", new SQLException("no", state));
    assertThat(reply(Scheduler.class, "Failed to update heartbeat", error)).isEqualTo(reply);
    assertThat(reply(Jobs.class, "Failed", error)).isEqualTo(FilterReply.NEUTRAL);
  }

  @Test
  void a_lease_that_cannot_be_renewed_is_not_logged_again_for_each_job() {
    var text = "Execution has more than 1 failed heartbeats. Should not happen. {} {}";
    assertThat(reply(Scheduler.class, text, null)).isEqualTo(FilterReply.DENY);
    assertThat(reply(Scheduler.class, "Starting scheduler.", null)).isEqualTo(FilterReply.NEUTRAL);
  }

  private static FilterReply reply(Class<?> from, String text, @Nullable Throwable error) {
    var logger = (Logger) LoggerFactory.getLogger(from);
    return new OutageFilter()
        .decide(new LoggingEvent("test", logger, Level.WARN, text, error, new Object[0]));
  }
}
