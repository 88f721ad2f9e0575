package dev.keywheel.secret;

/**
 * A provider key in clear text, for as long as it takes to seal it or to send one request. It has
 * no equality and no text form, so that it cannot end in a map, a log line or a message by
 * accident.
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
   * The clear text. Called only where the vault seals it, where a provider's request is built,
   * where a waiting import is read, and where an administrator has asked for it with the password;
   * a test holds the list.
   */
  public String reveal() {
    return clear;
  }

  /** The first characters, at most 12 and never more than a third: may be kept and shown. */
  public String prefix() {
    return clear.substring(0, Math.min(12, clear.length() / 3));
  }

  /** The last four characters, never more than a quarter: may be kept and shown. */
  public String lastFour() {
    return clear.substring(clear.length() - Math.min(4, clear.length() / 4));
  }

  /** How a key is shown: {@code sk-or-v1-…9f2a}. */
  public String masked() {
    return prefix() + "…" + lastFour();
  }

  @Override
  public String toString() {
    return "Secret";
  }
}
