package dev.keywheel.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DueChecksTest {
  private static final Instant DUE = Instant.parse("2026-03-11T00:00:00Z");

  private final Ids ids = new Ids(() -> DUE, new Random(7));

  @Test
  void checks_of_one_account_that_are_due_together_are_spread_over_a_few_seconds() {
    var seconds = new HashSet<Long>();
    for (int i = 0; i < 1_000; i++) {
      var late = late(Duration.ofHours(9), ids.next());
      assertThat(late).isBetween(Duration.ZERO, DueChecks.SPREAD);
      seconds.add(late.toSeconds());
    }
    assertThat(seconds).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L);
  }

  @Test
  void a_short_limit_is_extended_by_at_most_a_tenth() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(late(Duration.ofSeconds(10), ids.next())).isLessThan(Duration.ofSeconds(1));
    }
    assertThat(late(Duration.ofSeconds(-1), ids.next())).isEqualTo(Duration.ZERO);
  }

  @Test
  void repeated_queries_return_the_same_time_for_a_key() {
    var key = ids.next();
    assertThat(late(Duration.ofHours(1), key)).isEqualTo(late(Duration.ofHours(1), key));
  }

  private static Duration late(Duration waited, UUID key) {
    return Duration.between(DUE, DueChecks.spread(DUE, DUE.minus(waited), key));
  }
}
