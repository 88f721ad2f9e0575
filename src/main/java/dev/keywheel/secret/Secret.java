package dev.keywheel.secret;

/**
 * A secret in plain text, such as a provider key; kept in memory only as long as it is needed. It
 * has no {@code equals}, and {@code toString} hides the text, so it cannot leak through a map, a
 * log line or a message.
 */
public final class Secret {
  private final String clear;

  private Secret(String clear) {
    this.clear = clear;
  }

  public static Secret of(String clear) {
    return new Secret(clear);
  }

  /**
   * The clear text. A test restricts the callers to classes that seal or fingerprint it, send it to
   * a provider, compute a code from it, read a pending import, or show it to an authorized user.
   */
  public String reveal() {
    return clear;
  }

  /** The first characters, at most 12 and at most a third of the text; safe to store and show. */
  public String prefix() {
    return clear.substring(0, Math.min(12, clear.length() / 3));
  }

  /** The last characters, at most four and at most a quarter; safe to store and show. */
  public String lastFour() {
    return clear.substring(clear.length() - Math.min(4, clear.length() / 4));
  }

  /** The display form of a key: {@code sk-or-v1-…9f2a}. */
  public String masked() {
    return masked(prefix(), lastFour());
  }

  /** Like {@link #masked()}, from the parts that are stored in plain text. */
  public static String masked(String prefix, String lastFour) {
    return prefix + "…" + lastFour;
  }

  @Override
  public String toString() {
    return "Secret";
  }
}
