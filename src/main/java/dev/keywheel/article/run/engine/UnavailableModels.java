package dev.keywheel.article.run.engine;

import dev.keywheel.key.state.PoolId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Models that a provider currently does not serve to a pool, possibly because of the settings of
 * the pool's accounts. Each node keeps them in memory for an hour.
 */
final class UnavailableModels {
  private static final Duration KEPT_FOR = Duration.ofHours(1);

  private record Model(PoolId pool, String name) {}

  private final InstantSource clock;
  private final Map<Model, Instant> until = new ConcurrentHashMap<>();

  UnavailableModels(InstantSource clock) {
    this.clock = clock;
  }

  void record(PoolId pool, String model) {
    until.put(new Model(pool, model), clock.instant().plus(KEPT_FOR));
  }

  void forget(PoolId pool, String model) {
    until.remove(new Model(pool, model));
  }

  Set<String> of(PoolId pool) {
    var now = clock.instant();
    until.values().removeIf(t -> !t.isAfter(now));
    return until.keySet().stream()
        .filter(model -> model.pool().equals(pool))
        .map(Model::name)
        .collect(Collectors.toUnmodifiableSet());
  }
}
