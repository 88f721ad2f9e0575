package dev.keywheel.web.keys;

import dev.keywheel.secret.Secret;

/** The only page that shows the secret of a key, for {@link #SECONDS} seconds. */
public record RevealedPage(String id, String name, Secret secret) {
  static final int SECONDS = 30;

  public int seconds() {
    return SECONDS;
  }

  /** The secret in plain text; the caller has checked the password and written the audit entry. */
  public String clear() {
    return secret.reveal();
  }
}
