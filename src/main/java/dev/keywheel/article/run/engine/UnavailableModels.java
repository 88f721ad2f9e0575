package dev.keywheel.article.run.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Models that a provider does not serve now; forgotten after an hour. Kept by each node in memory.
 */
final class UnavailableModels {
  private static final Duration REMEMBERED = Duration.ofHours(1);

  private final InstantSource clock;
  private final Map<String, Instant> until = new ConcurrentHashMap<>();

  UnavailableModels(InstantSource clock) {
    this.clock = clock;
  }

  void note(String model) {
    until.put(model, clock.instant().plus(REMEMBERED));
  }

  void forget(String model) {
    until.remove(model);
  }

  Set<String> now() {
    var now = clock.instant();
    until.values().removeIf(t -> !t.isAfter(now));
    return until.keySet().stream().collect(Collectors.toUnmodifiableSet());
  }
}
