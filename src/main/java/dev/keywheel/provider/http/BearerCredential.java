package dev.keywheel.provider.http;

import dev.keywheel.secret.Secret;
import java.util.Optional;

/** A key in plain text as the credential of one request. */
public final class BearerCredential {
  /** Maximum length of a key, far above any key in use. */
  private static final int MAX_LENGTH = 512;

  private final String clear;
  private final KeyRedactor redactor;

  private BearerCredential(String clear) {
    this.clear = clear;
    this.redactor = new KeyRedactor(clear);
  }

  /**
   * The credential; empty if the key is empty, too long, or has characters other than visible
   * ASCII. Checked here because the JDK's exception for such a header contains the key.
   */
  public static Optional<BearerCredential> of(Secret key) {
    String clear = key.reveal();
    boolean sendable =
        !clear.isEmpty()
            && clear.length() <= MAX_LENGTH
            && clear.chars().allMatch(letter -> letter > ' ' && letter <= '~');
    return sendable ? Optional.of(new BearerCredential(clear)) : Optional.empty();
  }

  public String value() {
    return "Bearer " + clear;
  }

  /** Removes this key from the provider's answers. */
  public KeyRedactor redactor() {
    return redactor;
  }
}
