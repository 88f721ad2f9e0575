package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CallsPerKeyTest {
  private static final UUID KEY = UUID.randomUUID();
  private static final Instant NOW = Instant.EPOCH;

  private final CallsPerKey calls = new CallsPerKey();

  @Test
  void a_refusal_lowers_the_limit_by_one_call_and_each_minute_restores_one() {
    calls.lowerLimit(KEY, 5, NOW);

    assertThat(calls.limit(KEY, 0, NOW)).isEqualTo(4);
    assertThat(calls.limit(KEY, 0, NOW.plusSeconds(119))).isEqualTo(5);
    assertThat(calls.limit(KEY, 3, NOW)).isEqualTo(3);
    assertThat(calls.limit(UUID.randomUUID(), 0, NOW)).isZero();
  }

  @Test
  void refusals_of_calls_already_in_flight_do_not_raise_the_limit() {
    calls.lowerLimit(KEY, 3, NOW);
    calls.lowerLimit(KEY, 9, NOW.plusSeconds(1));

    assertThat(calls.limit(KEY, 0, NOW.plusSeconds(1))).isEqualTo(2);
    calls.lowerLimit(KEY, 1, NOW.plusSeconds(2));
    assertThat(calls.limit(KEY, 0, NOW.plusSeconds(2))).isEqualTo(1);
  }

  @Test
  void a_lowered_limit_is_removed_after_an_hour() {
    calls.lowerLimit(KEY, 3, NOW);

    assertThat(calls.limit(KEY, 200, NOW.plus(Duration.ofMinutes(59)))).isEqualTo(61);
    assertThat(calls.limit(KEY, 200, NOW.plus(Duration.ofMinutes(61)))).isEqualTo(200);
    assertThat(calls.anyLowered(NOW.plus(Duration.ofMinutes(59)))).isTrue();
    assertThat(calls.anyLowered(NOW.plus(Duration.ofMinutes(61)))).isFalse();
  }

  @Test
  void a_limit_ends_when_the_clock_is_set_back() {
    calls.lowerLimit(KEY, 3, NOW);
    Instant before = NOW.minus(Duration.ofHours(1));

    assertThat(calls.limit(KEY, 0, before)).isZero();
    calls.lowerLimit(KEY, 3, before);
    assertThat(calls.limit(KEY, 0, before)).isEqualTo(2);
    assertThat(calls.anyLowered(before)).isTrue();
  }

  @Test
  void a_limit_that_another_thread_recorded_a_moment_later_is_kept() {
    calls.lowerLimit(KEY, 3, NOW.plusMillis(5));
    assertThat(calls.anyLowered(NOW)).isTrue();
    assertThat(calls.limit(KEY, 0, NOW)).isEqualTo(2);
  }

  @Test
  void an_expired_limit_does_not_lower_that_of_a_later_refusal() {
    calls.lowerLimit(KEY, 2, NOW);
    Instant later = NOW.plus(Duration.ofMinutes(61));

    calls.lowerLimit(KEY, 100, later);

    assertThat(calls.limit(KEY, 0, later)).isEqualTo(99);
  }

  @Test
  void a_key_at_the_call_limit_of_its_provider_is_skipped() {
    try (var pool = new TestPool();
        var gateway = new TestGateway(pool)) {
      var keys = pool.add(2);
      var first = gateway.granted(gateway.first(TokenScope.ALL));
      gateway.granted(gateway.first(TokenScope.ALL));

      gateway.seats.recordTooManyInFlight(first.key());

      for (int i = 0; i < 3; i++) {
        assertThat(gateway.granted(gateway.first(TokenScope.ALL)).key().id())
            .isEqualTo(keys.get(1));
      }
      gateway.answered(first);
      assertThat(gateway.granted(gateway.first(TokenScope.ALL)).key().id()).isEqualTo(keys.get(0));
    }
  }
}
