package dev.keywheel.key.search;

import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;

/** Which keys a change is for. */
public sealed interface Selection {

  /** These, wherever they are still there. */
  record Ids(Set<UUID> ids) implements Selection {
    public Ids {
      ids = Set.copyOf(ids);
    }
  }

  /**
   * All that match, counted again when the change is made.
   *
   * @param expected how many the person was told; the change is refused when it is another number
   * @param asOf when that was: keys that were added since are not meant
   */
  record Matching(KeyFilter filter, int expected, Instant asOf) implements Selection {}

  static Selection of(Collection<UUID> ids) {
    return new Ids(Set.copyOf(ids));
  }
}
