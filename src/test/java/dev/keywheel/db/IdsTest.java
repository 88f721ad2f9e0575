package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import java.time.Duration;
import java.util.HashSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IdsTest {
  private final TestClock clock = new TestClock();
  private final Ids ids = new Ids(clock, new SplittableRandom(7));

  @Test
  void ids_are_version_7_uuids_that_grow_with_time() {
    var earlier = ids.next();
    clock.tick(Duration.ofMillis(1));
    var later = ids.next();
    assertThat(earlier.version()).isEqualTo(7);
    assertThat(earlier.variant()).isEqualTo(2);
    assertThat(earlier.toString()).isLessThan(later.toString());
  }

  @Test
  void ids_of_the_same_millisecond_differ() {
    var seen = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      assertThat(seen.add(ids.next())).isTrue();
    }
  }
}
