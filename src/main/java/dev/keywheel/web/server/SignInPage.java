package dev.keywheel.web.server;

import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.web.form.PendingForm;
import org.jspecify.annotations.Nullable;

/**
 * The sign-in form, as a page and in the dialog over a page with an expired session.
 *
 * @param note why the form is shown; null if the user requested it
 * @param error the error of the last attempt; null for none
 * @param next the local page to go to
 * @param kept a pending form, encoded by {@link PendingForm}; may be empty
 * @param passkeyHost the host to which passkeys belong
 */
public record SignInPage(
    String email,
    @Nullable String note,
    @Nullable String error,
    String next,
    String kept,
    String passkeyHost) {

  public SignInPage {
    email = SecretShape.POSSIBLE.isIn(email) ? "" : email; // a key, typed in the wrong field
  }

  public static SignInPage fresh(String next, String passkeyHost) {
    return new SignInPage("", null, null, next, "", passkeyHost);
  }
}
