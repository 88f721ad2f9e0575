package dev.keywheel.web.setup;

import dev.keywheel.web.page.Url;
import org.jspecify.annotations.Nullable;

/**
 * The form for the first administrator.
 *
 * @param token the token from the one-time link; empty if the page was opened without it
 */
public record SetupPage(
    String token, String email, @Nullable String emailError, @Nullable String passwordError) {
  /** The address of the form; a reload after a refusal opens the form again. */
  public String path() {
    return Url.of(SetupRoutes.PATH).with("token", token).toString();
  }

  boolean locked() {
    return token.isEmpty();
  }
}
