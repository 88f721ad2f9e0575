package dev.keywheel.key.search;

import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;

/** The keys that a change applies to. */
public sealed interface Selection {

  /** The keys with these ids that still exist. */
  record Ids(Set<UUID> ids) implements Selection {
    public Ids {
      ids = Set.copyOf(ids);
    }
  }

  /**
   * All matching keys, counted again when the change is made.
   *
   * @param expected the count that the list showed. The change is refused when the count differs
   *     now, unless this is {@link KeyPageQuery#NOT_COUNTED}
   * @param asOf when the list was read; keys that were added later are left out
   */
  record Matching(KeyFilter filter, int expected, Instant asOf) implements Selection {
    /** Whether this count agrees with the list, which may have shown "more than 2,000". */
    public boolean isExpected(int count) {
      return expected == Math.min(count, KeyPageQuery.MAX_COUNTED + 1)
          || expected == count
          || expected == KeyPageQuery.NOT_COUNTED;
    }
  }

  static Selection of(Collection<UUID> ids) {
    return new Ids(Set.copyOf(ids));
  }
}
