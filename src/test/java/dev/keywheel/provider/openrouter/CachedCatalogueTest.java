package dev.keywheel.provider.openrouter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.support.TestClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CachedCatalogueTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final TestClock clock = new TestClock();
  private final AtomicInteger fetches = new AtomicInteger();
  private final Queue<Runnable> background = new ArrayDeque<>();
  private boolean upstreamAnswers = true;

  private final CachedCatalogue cache = new CachedCatalogue(this::fetched, clock, background::add);

  @Test
  void a_copy_of_an_hour_stays_in_use_while_one_fetch_runs_in_the_background() {
    Catalogue first = cache.get();
    clock.tick(HOUR.minusSeconds(1));
    assertThat(cache.get()).isEqualTo(first);
    assertThat(background).isEmpty();
    clock.tick(Duration.ofSeconds(1));
    assertThat(cache.get()).isEqualTo(first);
    assertThat(cache.get()).isEqualTo(first);
    assertThat(background).hasSize(1);
    background.remove().run();
    assertThat(cache.get().fetchedAt()).isEqualTo(clock.instant());
    assertThat(background).isEmpty();
    assertThat(fetches).hasValue(2);
  }

  @Test
  void the_catalogue_is_fetched_again_after_the_clock_was_set_back() {
    cache.get();
    clock.tick(Duration.ofDays(-1));
    cache.get();
    assertThat(background).hasSize(1);
    background.remove().run();
    assertThat(cache.get().fetchedAt()).isEqualTo(clock.instant());
    assertThat(background).isEmpty();
  }

  @Test
  void while_the_upstream_fails_a_stale_copy_is_used_and_the_upstream_is_queried_once_a_minute() {
    Catalogue first = cache.get();
    clock.tick(HOUR);
    upstreamAnswers = false;
    for (int minute = 1; minute <= 3; minute++) {
      assertThat(cache.get()).isEqualTo(first);
      background.remove().run();
      assertThat(cache.get()).isEqualTo(first);
      assertThat(background).isEmpty();
      clock.tick(Duration.ofSeconds(61));
    }
    upstreamAnswers = true;
    cache.get();
    background.remove().run();
    assertThat(cache.get().fetchedAt()).isEqualTo(clock.instant());
  }

  @Test
  void without_a_copy_the_upstream_is_queried_once_a_minute() {
    upstreamAnswers = false;
    assertThat(cache.get().known()).isFalse();
    assertThat(cache.get().known()).isFalse();
    assertThat(fetches).hasValue(1);
    clock.tick(Duration.ofSeconds(61));
    upstreamAnswers = true;
    assertThat(cache.get().known()).isTrue();
    assertThat(background).isEmpty();
  }

  private Optional<Catalogue> fetched() {
    fetches.incrementAndGet();
    return upstreamAnswers
        ? Optional.of(new Catalogue(clock.instant(), Map.of()))
        : Optional.empty();
  }
}
