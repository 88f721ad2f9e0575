package dev.keywheel.job;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.support.Await;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class JobThreadsTest {
  @Test
  void a_full_disk_causes_one_log_line_for_all_due_jobs() {
    assertOneWarning(new SQLException("No space left on device", "53100"));
  }

  @Test
  void a_full_disk_is_logged_although_a_lack_of_connections_was_logged_just_before() {
    assertLevels(
        List.of(
            new SQLTransientConnectionException("no connection is free"),
            new SQLException("No space left on device", "53100")),
        "WARN",
        "WARN");
  }

  @Test
  void a_lack_of_connections_causes_one_log_line_for_all_due_jobs() {
    assertOneWarning(new SQLTransientConnectionException("no connection is free"));
  }

  private static void assertOneWarning(SQLException failure) {
    assertLevels(List.of(failure, failure, failure), "WARN", "DEBUG", "DEBUG");
  }

  private static void assertLevels(List<SQLException> failures, String... levels) {
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var log = (Logger) LoggerFactory.getLogger(JobThreads.class);
    lines.start();
    log.setLevel(Level.DEBUG);
    log.addAppender(lines);
    try (var threads = JobThreads.create()) {
      failures.forEach(failure -> threads.execute(() -> pick(failure)));
      // A thread handles an uncaught error only after the executor counts it as ended.
      Await.until("all are logged", () -> lines.list.size() == levels.length);
    } finally {
      log.detachAppender(lines);
      log.setLevel(null);
    }
    assertThat(lines.list)
        .extracting(line -> line.getLevel().toString())
        .containsExactlyInAnyOrder(levels);
  }

  private static void pick(SQLException failure) {
    throw new DataAccessException("update", failure);
  }
}
