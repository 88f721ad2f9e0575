package dev.keywheel.web.keys;

import dev.keywheel.secret.Secret;

/** The one page that shows a secret, for {@link #SECONDS}. */
public record RevealedPage(String id, String name, Secret secret) {
  static final int SECONDS = 30;

  public int seconds() {
    return SECONDS;
  }

  /** The clear text: an administrator has given the password, and the record has the line. */
  public String clear() {
    return secret.reveal();
  }
}
