package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.TemporalUnitOffset;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DatabaseClockTest {
  private static final Duration AHEAD = Duration.ofSeconds(90);

  /**
   * Far less than {@link #AHEAD}, and far more than the time between two readings on a busy
   * machine.
   */
  private static final Duration A_WHILE = Duration.ofSeconds(20);

  private static final TemporalUnitOffset THE_SAME =
      within(A_WHILE.toSeconds(), ChronoUnit.SECONDS);

  @AutoClose private final TestDatabase postgres = TestDatabase.create();
  private Duration offset = AHEAD;
  private final InstantSource system = () -> Instant.now().plus(offset);
  private final DatabaseClock clock = new DatabaseClock(system, System::nanoTime);

  @Test
  void a_node_whose_clock_is_ahead_uses_the_time_of_the_database() {
    assertThat(clock.instant()).isCloseTo(databaseTime().plus(AHEAD), THE_SAME);
    clock.measure(postgres.database());
    assertThat(clock.instant()).isCloseTo(databaseTime(), THE_SAME);
    assertThat(clock.ahead()).isCloseTo(AHEAD, A_WHILE);
  }

  @Test
  void a_jump_of_the_nodes_clock_does_not_move_the_time() {
    clock.measure(postgres.database());
    offset = Duration.ofMinutes(-5);
    assertThat(clock.instant()).isCloseTo(databaseTime(), THE_SAME);
    clock.measure(postgres.database());
    assertThat(clock.ahead()).isCloseTo(Duration.ofMinutes(-5), A_WHILE);
    assertThat(clock.instant()).isCloseTo(databaseTime(), THE_SAME);
    offset = AHEAD;
  }

  @Test
  void measurements_that_agree_within_the_round_trip_do_not_move_the_time_back() {
    var stopped = new AtomicLong();
    // each reading seems to take 100 ms longer, so that all agree even on a busy machine
    var error = new AtomicLong(Duration.ofMillis(50).toNanos());
    var paused =
        new DatabaseClock(
            system,
            () ->
                stopped.get() == 0
                    ? System.nanoTime() + error.updateAndGet(nanos -> -nanos)
                    : stopped.get());
    paused.measure(postgres.database());
    long tick = System.nanoTime();
    stopped.set(tick);
    var before = paused.instant();
    for (int i = 0; i < 20; i++) {
      stopped.set(0);
      paused.measure(postgres.database());
      stopped.set(tick);
      assertThat(paused.instant()).isEqualTo(before);
    }
  }

  private Instant databaseTime() {
    return postgres
        .database()
        .read(dsl -> dsl.fetchOptional("select clock_timestamp()").orElseThrow())
        .get(0, Instant.class);
  }
}
