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
   * The clear text. Called only where the vault seals it, where a provider's request is built, and
   * where an administrator has asked for it with his password; a test holds the list.
   */
  public String reveal() {
    return clear;
  }

  @Override
  public String toString() {
    return "Secret";
  }
}
