package dev.keywheel.provider.openrouter;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Caches the catalogue for an hour. An older copy stays in use while a new one is fetched in the
 * background. While the upstream does not answer, it is queried at most once a minute.
 */
final class CachedCatalogue {
  private static final Duration MAX_AGE = Duration.ofHours(1);

  /** Longer than a fetch, so that only one runs at a time. */
  private static final Duration BETWEEN_TRIES = Duration.ofMinutes(1);

  private final Supplier<Optional<Catalogue>> source;
  private final InstantSource clock;
  private final Executor background;
  private volatile Catalogue cached = Catalogue.unknown();
  private volatile TimeWindow fresh = TimeWindow.OVER;

  CachedCatalogue(Supplier<Optional<Catalogue>> source, InstantSource clock, Executor background) {
    this.source = source;
    this.clock = clock;
    this.background = background;
  }

  Catalogue withoutFetch() {
    return cached;
  }

  /** Callers wait only while no copy exists. */
  Catalogue get() {
    Instant now = clock.instant();
    if (!fresh.contains(now)) {
      if (!cached.known()) {
        return first();
      }
      if (claimFetch(now)) {
        background.execute(this::fetch);
      }
    }
    return cached;
  }

  private synchronized Catalogue first() {
    return fresh.contains(clock.instant()) ? cached : fetch();
  }

  /** Returns false if another caller fetches, or has just fetched. */
  private synchronized boolean claimFetch(Instant now) {
    if (fresh.contains(now)) {
      return false;
    }
    fresh = TimeWindow.from(now, BETWEEN_TRIES);
    return true;
  }

  private Catalogue fetch() {
    Optional<Catalogue> fetched = source.get();
    fetched.ifPresent(catalogue -> cached = catalogue);
    fresh = TimeWindow.from(clock.instant(), fetched.isPresent() ? MAX_AGE : BETWEEN_TRIES);
    return cached;
  }
}
