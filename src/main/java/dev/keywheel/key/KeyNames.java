package dev.keywheel.key;

import dev.keywheel.secret.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Gives each new key a name that no other key of the pool has, so that a row is found by it. */
final class KeyNames {
  private static final int LONGEST = 100;

  private final Set<String> taken;
  private final Map<String, Integer> last = new HashMap<>();

  /** {@code taken} is added to. */
  KeyNames(Set<String> taken) {
    this.taken = taken;
  }

  /** A name, and why it is not the one that was written, if it is not. */
  record Choice(String name, String note) {}

  Choice choose(String written, String clear) {
    String wanted = written.isBlank() ? Secret.of(clear).masked() : written;
    if (taken.add(wanted)) {
      return new Choice(wanted, "");
    }
    while (true) {
      int n = last.merge(wanted, 1, Integer::sum) + 1;
      String suffix = " (" + n + ")";
      String name =
          wanted.substring(0, Math.min(wanted.length(), LONGEST - suffix.length())) + suffix;
      if (taken.add(name)) {
        return new Choice(
            name, written.isBlank() ? "" : "The name “" + written + "” is taken already");
      }
    }
  }
}
