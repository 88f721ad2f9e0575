package dev.keywheel.people.factor;

import java.util.Locale;

/**
 * A code that a user typed: one of the authenticator app if it has six digits, otherwise a recovery
 * code. Case, spaces and hyphens do not matter.
 */
public record EnteredCode(String text) {
  public EnteredCode {
    text = text.toLowerCase(Locale.ROOT).replaceAll("[\\s-]", "");
  }

  /** Whether the text has the form of an authenticator app's code. */
  public boolean isAppCode() {
    return text.matches("[0-9]{" + Totp.DIGITS + "}");
  }

  @Override
  public String toString() {
    return "EnteredCode[…]";
  }
}
