package dev.keywheel.secret;

/**
 * A provider key in clear text, held only while it is sealed or sent in a request. It defines no
 * {@code equals} or {@code toString}, so it cannot leak through a map, a log line or a message.
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
   * The clear text. Called only to seal it, to build a provider's request, to read a pending
   * import, and to show it to an administrator who confirmed the password; a test checks the
   * callers.
   */
  public String reveal() {
    return clear;
  }

  /** The first characters, at most 12 and at most a third; safe to store and show. */
  public String prefix() {
    return clear.substring(0, Math.min(12, clear.length() / 3));
  }

  /** The last four characters, at most a quarter; safe to store and show. */
  public String lastFour() {
    return clear.substring(clear.length() - Math.min(4, clear.length() / 4));
  }

  /** The display form of a key: {@code sk-or-v1-…9f2a}. */
  public String masked() {
    return prefix() + "…" + lastFour();
  }

  @Override
  public String toString() {
    return "Secret";
  }
}
