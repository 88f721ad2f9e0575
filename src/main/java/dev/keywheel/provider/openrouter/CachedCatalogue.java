package dev.keywheel.provider.openrouter;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Caches the catalogue for 6 h. While the upstream does not answer, the old copy stays in use and
 * the upstream is queried at most once a minute.
 */
final class CachedCatalogue {
  private static final Duration MAX_AGE = Duration.ofHours(6);
  private static final Duration BETWEEN_TRIES = Duration.ofMinutes(1);

  private final Supplier<Optional<Catalogue>> source;
  private final InstantSource clock;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile Catalogue cached = Catalogue.unknown();
  private volatile TimeWindow fresh = TimeWindow.OVER;

  CachedCatalogue(Supplier<Optional<Catalogue>> source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
  }

  Catalogue withoutFetch() {
    return cached;
  }

  /**
   * Callers wait for the first fetch only; later, one caller fetches and the others get the old
   * copy.
   */
  Catalogue get() {
    if (fresh.contains(clock.instant())) {
      return cached;
    }
    if (cached.known() && !fetching.tryLock()) {
      return cached;
    }
    if (!fetching.isHeldByCurrentThread()) {
      fetching.lock();
    }
    try {
      return fresh.contains(clock.instant()) ? cached : fetch();
    } finally {
      fetching.unlock();
    }
  }

  private Catalogue fetch() {
    Optional<Catalogue> fetched = source.get();
    fetched.ifPresent(catalogue -> cached = catalogue);
    fresh = TimeWindow.from(clock.instant(), fetched.isPresent() ? MAX_AGE : BETWEEN_TRIES);
    return cached;
  }
}
