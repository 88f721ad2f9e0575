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
  private static final Duration FRESH = Duration.ofHours(6);
  private static final Duration BETWEEN_TRIES = Duration.ofMinutes(1);

  private final Supplier<Optional<Catalogue>> source;
  private final InstantSource clock;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile Catalogue kept = Catalogue.unknown();
  private volatile TimeWindow fresh = TimeWindow.OVER;

  CachedCatalogue(Supplier<Optional<Catalogue>> source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
  }

  Catalogue withoutFetch() {
    return kept;
  }

  /**
   * Callers wait for the first fetch only; later, one caller fetches and the others get the old
   * copy.
   */
  Catalogue get() {
    if (fresh.contains(clock.instant())) {
      return kept;
    }
    if (kept.known() && !asking.tryLock()) {
      return kept;
    }
    if (!asking.isHeldByCurrentThread()) {
      asking.lock();
    }
    try {
      return fresh.contains(clock.instant()) ? kept : ask();
    } finally {
      asking.unlock();
    }
  }

  private Catalogue ask() {
    Optional<Catalogue> fetched = source.get();
    fetched.ifPresent(catalogue -> kept = catalogue);
    fresh = TimeWindow.from(clock.instant(), fetched.isPresent() ? FRESH : BETWEEN_TRIES);
    return kept;
  }
}
