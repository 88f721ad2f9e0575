package dev.keywheel.people;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The secrets of a new sign-in, for the browser only; the database stores their hashes.
 *
 * @param session secret id of the new session
 * @param browser token that identifies the browser at its next sign-in, see {@link
 *     KnownBrowserRepository}
 * @param joined the name of the workspace if the user has just joined it through an invitation
 * @param codesLeft the number of unused recovery codes if the user has just used one
 */
public record SignedIn(
    String email, String session, String browser, Optional<String> joined, OptionalInt codesLeft)
    implements SignInResult {

  public SignedIn withCodesLeft(int codes) {
    return new SignedIn(email, session, browser, joined, OptionalInt.of(codes));
  }

  @Override
  public String toString() {
    return "SignedIn[…]";
  }
}
