package dev.keywheel.web.keys.list;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What is worked out from all keys of a workspace, once for each version of them: to count ten
 * thousand rows takes longer than to show fifty. The version is read first, so what is kept is at
 * least as new as it says.
 */
final class VersionedCache<T> {
  private record Kept<T>(String version, T value) {}

  private final Map<UUID, Kept<T>> kept = new ConcurrentHashMap<>();
  private final Function<UUID, T> read;

  /** {@code read}: from the workspace to what is kept of it. */
  VersionedCache(Function<UUID, T> read) {
    this.read = read;
  }

  T of(KeyPages.Now now) {
    var before = kept.get(now.workspace());
    if (before != null && before.version.equals(now.version())) {
      return before.value;
    }
    var value = read.apply(now.workspace());
    kept.put(now.workspace(), new Kept<>(now.version(), value));
    return value;
  }
}
