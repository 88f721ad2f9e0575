package dev.keywheel.time;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that keeps only the entries that were most recently written or read. */
public final class LruMap<K, V> extends LinkedHashMap<K, V> {
  private final int maxEntries;

  public LruMap(int maxEntries) {
    super(16, 0.75f, true);
    this.maxEntries = maxEntries;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > maxEntries;
  }
}
