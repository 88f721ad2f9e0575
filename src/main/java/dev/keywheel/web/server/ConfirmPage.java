package dev.keywheel.web.server;

import dev.keywheel.people.identity.FactorsHeld;
import dev.keywheel.web.form.Fields;

/**
 * Asks a signed-in user for one of: password, code of the app, passkey.
 *
 * @param held the user's factors besides the password
 * @param passkeyHost the host that passkeys belong to
 * @param after the page to continue with
 */
public record ConfirmPage(
    String email, FactorsHeld held, String passkeyHost, After after, Fields fields) {
  public static final String TITLE = "Confirm that it is you";

  /**
   * @param next local path to go to afterwards
   * @param back local path that the user came from
   * @param download whether a download was asked for, to be started again
   * @param kept the form that needs the confirmation, as the page carries it; empty if there is
   *     none
   */
  public record After(String next, String back, boolean download, String kept) {}
}
