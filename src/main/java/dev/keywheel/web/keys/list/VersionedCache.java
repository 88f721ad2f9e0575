package dev.keywheel.web.keys.list;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Caches a value that is computed from all keys of a workspace, until the version of its pools
 * changes: counting ten thousand rows takes longer than showing fifty. The version is read first,
 * so a value is at least as new as its version.
 */
final class VersionedCache<T> {
  private record Entry<T>(String version, T value) {}

  private final Map<UUID, Entry<T>> entries = new ConcurrentHashMap<>();
  private final Function<UUID, T> read;

  /** {@code read} computes the value for a workspace. */
  VersionedCache(Function<UUID, T> read) {
    this.read = read;
  }

  T of(KeyPages.Snapshot snapshot) {
    var before = entries.get(snapshot.workspace());
    if (before != null && before.version.equals(snapshot.version())) {
      return before.value;
    }
    var value = read.apply(snapshot.workspace());
    entries.put(snapshot.workspace(), new Entry<>(snapshot.version(), value));
    return value;
  }
}
