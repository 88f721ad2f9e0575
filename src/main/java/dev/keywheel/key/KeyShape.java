package dev.keywheel.key;

import dev.keywheel.secret.Secret;

/**
 * What may be kept and shown of a key in clear: its first characters, never more than a third of
 * it, and its last four, never more than a quarter.
 */
record KeyShape(String prefix, String lastFour) {
  private static final int PREFIX = 12;
  private static final int LAST = 4;

  static KeyShape of(Secret secret) {
    return of(secret.reveal());
  }

  static KeyShape of(String clear) {
    int length = clear.length();
    return new KeyShape(
        clear.substring(0, Math.min(PREFIX, length / 3)),
        clear.substring(length - Math.min(LAST, length / 4)));
  }

  String masked() {
    return prefix + "…" + lastFour;
  }
}
