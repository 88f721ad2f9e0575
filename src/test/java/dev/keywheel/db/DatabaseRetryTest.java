package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.time.Delayer;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseRetryTest {
  private final List<Duration> waits = new ArrayList<>();
  private final AtomicInteger tries = new AtomicInteger();

  @AfterEach
  void clearInterrupt() {
    Thread.interrupted();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08006", "08001", "40001", "40P01", "57P01", "57P03", "55P03", "57014", "53300", "53100",
        "25006"
      })
  void an_error_that_ends_without_an_action_is_transient(String state) {
    assertThat(TransientErrors.isTransient(error(state))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"23505", "42P01", "22001"})
  void an_error_that_would_recur_is_not_transient(String state) {
    assertThat(TransientErrors.isTransient(error(state))).isFalse();
  }

  @Test
  void a_transient_cause_is_found_in_wrapping_exceptions() {
    var batch = new BatchUpdateException();
    batch.setNextException(new SQLException("terminated", "57P01"));
    assertThat(TransientErrors.isTransient(new IllegalStateException(new Exception(batch))))
        .isTrue();
    assertThat(TransientErrors.isTransient(new SQLTransientConnectionException("exhausted")))
        .isTrue();
    assertThat(TransientErrors.isTransient(new IllegalStateException("bug"))).isFalse();
    assertThat(TransientErrors.isTransient(null)).isFalse();
  }

  @Test
  void the_cause_of_an_error_is_named_without_its_statement() {
    var error =
        new DataAccessException("SQL [select 1]; too slow", new SQLException("too slow", "57014"));

    assertThat(TransientErrors.cause(error)).isEqualTo("java.sql.SQLException: too slow");
  }

  @Test
  void the_cause_of_an_exception_that_is_among_its_own_causes_is_found() {
    var inner = new IllegalStateException("inner");
    var outer = new IllegalStateException("outer", inner);
    inner.initCause(outer);

    assertThat(TransientErrors.cause(outer)).isEqualTo("java.lang.IllegalStateException: inner");
  }

  @Test
  void a_transaction_is_repeated_after_growing_randomized_waits_until_it_succeeds() {
    assertThat(retry(Duration.ofMinutes(1), waits::add).get(() -> failing(8))).isEqualTo("done");
    assertThat(tries).hasValue(9);
    var longest = List.of(200, 400, 800, 1600, 3200, 5000, 5000, 5000);
    assertThat(waits).hasSameSizeAs(longest);
    for (int i = 0; i < longest.size(); i++) {
      assertThat(waits.get(i)).isBetween(millis(longest.get(i) / 2), millis(longest.get(i)));
    }
    assertThat(waits.get(5)).isNotEqualTo(waits.get(6));
  }

  @Test
  void retries_end_when_the_total_waiting_time_is_used_up() {
    var retry = retry(Duration.ofSeconds(10), waits::add);
    assertThatThrownBy(() -> retry.get(() -> failing(1_000)))
        .isInstanceOf(DataAccessException.class);
    assertThat(waits.stream().reduce(Duration.ZERO, Duration::plus)).hasSeconds(10);
  }

  @Test
  void any_other_error_is_thrown_at_once() {
    var retry = retry(Duration.ofMinutes(1), waits::add);
    assertThatThrownBy(
            () ->
                retry.get(
                    () -> {
                      throw error("23505");
                    }))
        .isInstanceOf(DataAccessException.class);
    assertThat(waits).isEmpty();
  }

  @Test
  void an_interrupt_ends_the_wait_and_stays_set() {
    Delayer interrupted =
        _ -> {
          throw new InterruptedException();
        };
    assertThatThrownBy(() -> retry(Duration.ofMinutes(1), interrupted).get(() -> failing(1)))
        .isInstanceOf(DataAccessException.class);
    assertThat(tries).hasValue(1);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
  }

  private String failing(int times) {
    if (tries.getAndIncrement() < times) {
      throw error("57P03");
    }
    return "done";
  }

  private static DatabaseRetry retry(Duration total, Delayer delayer) {
    return new DatabaseRetry(delayer, new SplittableRandom(7), total);
  }

  private static DataAccessException error(String state) {
    return new DataAccessException("failed", new SQLException("failed", state));
  }

  private static Duration millis(int millis) {
    return Duration.ofMillis(millis);
  }
}
