package dev.keywheel.time;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Values that concurrent users share, one for each key. The first user creates the value, and the
 * last one removes it.
 */
public final class SharedValues<K, V> {
  private final Map<K, Shared<V>> values = new ConcurrentHashMap<>();
  private final Supplier<V> create;

  private record Shared<V>(V value, int users) {}

  public SharedValues(Supplier<V> create) {
    this.create = create;
  }

  /** The value of the key, until the caller calls {@link #end}. */
  public V begin(K key) {
    return values.compute(
            key,
            (_, shared) ->
                shared == null
                    ? new Shared<>(create.get(), 1)
                    : new Shared<>(shared.value, shared.users + 1))
        .value;
  }

  public void end(K key) {
    values.computeIfPresent(
        key,
        (_, shared) -> shared.users == 1 ? null : new Shared<>(shared.value, shared.users - 1));
  }
}
