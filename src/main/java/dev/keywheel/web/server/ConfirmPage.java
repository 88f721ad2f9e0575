package dev.keywheel.web.server;

import dev.keywheel.people.identity.FactorsHeld;
import dev.keywheel.web.form.Fields;

/**
 * Asks a signed-in user for the password, a code of the app or a passkey.
 *
 * @param factors the user's factors besides the password
 * @param passkeyHost the host to which passkeys belong
 * @param after the page to continue with
 */
public record ConfirmPage(
    String email, FactorsHeld factors, String passkeyHost, After after, Fields fields) {
  public static final String TITLE = "Confirm that it is you";

  /**
   * @param next local path to go to afterwards
   * @param back local path from which the user came
   * @param download whether a download was requested, which the user must start again
   * @param kept the form that needs the confirmation, encoded for the page; empty if there is none
   */
  public record After(String next, String back, boolean download, String kept) {}
}
