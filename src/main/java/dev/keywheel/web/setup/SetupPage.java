package dev.keywheel.web.setup;

import org.jspecify.annotations.Nullable;

/**
 * The form for the first administrator.
 *
 * @param token the token from the one-time link; empty if the page was opened without it
 */
public record SetupPage(
    String token, String email, @Nullable String emailError, @Nullable String passwordError) {
  boolean locked() {
    return token.isEmpty();
  }
}
