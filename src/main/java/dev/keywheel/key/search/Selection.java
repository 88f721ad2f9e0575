package dev.keywheel.key.search;

import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;

/** The keys that a change applies to. */
public sealed interface Selection {

  /** These keys, where they still exist. */
  record Ids(Set<UUID> ids) implements Selection {
    public Ids {
      ids = Set.copyOf(ids);
    }
  }

  /**
   * All matching keys, counted again when the change is made.
   *
   * @param expected the number that the user saw; the change is refused when it differs
   * @param asOf when the user saw it: keys added since then are excluded
   */
  record Matching(KeyFilter filter, int expected, Instant asOf) implements Selection {}

  static Selection of(Collection<UUID> ids) {
    return new Ids(Set.copyOf(ids));
  }
}
