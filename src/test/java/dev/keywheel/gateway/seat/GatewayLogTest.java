package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.pool.KeyRotation.LimitedKey;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogEntry;
import dev.keywheel.log.LogFilter;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class GatewayLogTest extends SeatsOnOneNode {
  private final ExecutionLog log = new ExecutionLog(pool.database);
  private final GatewayLog gatewayLog = new GatewayLog(pool.database, log, pool.clock);

  @Test
  void replacements_beyond_thirty_a_minute_are_counted_in_one_line() {
    pool.add(1);
    var granted = gateway.granted(gateway.first(TokenScope.ALL));
    for (int i = 0; i < 42; i++) {
      gatewayLog.logGrant(second(), granted);
    }
    gatewayLog.write();
    Await.until("thirty lines are stored", () -> lines().size() == 30);

    pool.clock.tick(Duration.ofMinutes(1));
    gatewayLog.write();
    Await.until("one more line is stored", () -> lines().size() == 31);

    assertThat(lines().getLast().message())
        .isEqualTo("🔁 … and found replacements 12 more times in this minute.");
  }

  @Test
  void the_number_of_lines_that_the_queue_cannot_take_is_logged() {
    pool.add(1);
    var granted = gateway.granted(gateway.first(TokenScope.ALL));
    var messages = new ListAppender<ILoggingEvent>();
    messages.list = new CopyOnWriteArrayList<>();
    messages.start();
    var logger = (Logger) LoggerFactory.getLogger(GatewayLog.class);
    logger.addAppender(messages);
    try {
      for (int i = 0; i < 1_020; i++) {
        if (i % 30 == 0) {
          pool.clock.tick(Duration.ofMinutes(1));
        }
        gatewayLog.logGrant(second(), granted);
      }
      gatewayLog.write();
      Await.until("a message is logged", () -> !messages.list.isEmpty());
    } finally {
      logger.detachAppender(messages);
    }

    assertThat(messages.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("20 log lines of gateway requests were dropped: 1000 waited");
  }

  @Test
  void lines_are_written_after_the_clock_was_set_back() {
    pool.add(1);
    var granted = gateway.granted(gateway.first(TokenScope.ALL));
    for (int i = 0; i < 30; i++) {
      gatewayLog.logGrant(second(), granted);
    }
    pool.clock.tick(Duration.ofHours(-1));
    gatewayLog.logGrant(second(), granted);
    gatewayLog.write();

    Await.until("all lines are stored", () -> lines().size() == 31);
  }

  @Test
  void the_caller_does_not_wait_until_log_lines_are_written() {
    pool.add(1);
    gatewayLog.logGrant(second(), gateway.granted(gateway.first(TokenScope.ALL)));

    // This thread has an open transaction, so it could not write the lines itself.
    pool.database.runTx(_ -> gatewayLog.write());

    Await.until("the line is stored", () -> lines().size() == 1);
  }

  @Test
  void a_refusal_is_logged_although_the_first_limited_key_is_due_for_a_check() {
    var now = pool.clock.instant();
    var due = new LimitedKey(UUID.randomUUID(), "key1", now);
    var request = gateway.request(gateway.token);
    gatewayLog.logRefusal(request, TestGateway.MODEL, new SeatGrant.AllLimited(now, due));
    gatewayLog.write();

    Await.until("a line is stored", () -> !lines().isEmpty());
    assertThat(lines().getFirst().message())
        .contains("Refused a request")
        .endsWith("the first key until a check accepts it.");
  }

  @Test
  void a_line_that_is_added_while_others_are_being_stored_is_stored_after_them() {
    pool.add(1);
    var granted = gateway.granted(gateway.first(TokenScope.ALL));
    pool.database.runTx(
        tx -> {
          tx.dsl().execute("lock table events in exclusive mode");
          gatewayLog.logGrant(second(), granted);
          gatewayLog.write();
          Await.until("the line waits", () -> TestDatabase.anotherWaitsForLock(tx));
          gatewayLog.logGrant(second(), granted);
          gatewayLog.write();
        });

    Await.until("both lines are stored", () -> lines().size() == 2);
  }

  private SeatRequest second() {
    return new SeatRequest(
        gateway.request(gateway.token),
        null,
        TokenScope.ALL,
        false,
        2,
        pool.id,
        TestGateway.MODEL,
        new TriedKeys(),
        null);
  }

  private List<LogEntry> lines() {
    return log.newest(pool.workspace, LogFilter.ALL, 100).lines();
  }
}
