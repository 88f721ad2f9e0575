package dev.keywheel.web.server;

import dev.keywheel.web.form.PendingForm;
import org.jspecify.annotations.Nullable;

/**
 * The sign-in form, as a page and in the dialog over a page whose session has ended.
 *
 * @param note why it is shown, when not asked for
 * @param error what was wrong with the last try
 * @param next the local page to go to
 * @param kept a form that is carried along, as {@link PendingForm} writes it; empty for none
 */
public record SignInPage(
    String email, @Nullable String note, @Nullable String error, String next, String kept) {

  public static SignInPage fresh(String next) {
    return new SignInPage("", null, null, next, "");
  }
}
