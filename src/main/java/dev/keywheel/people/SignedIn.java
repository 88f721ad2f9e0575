package dev.keywheel.people;

import java.util.Optional;

/**
 * The secrets of a new sign-in, for the browser only; the database stores their hashes.
 *
 * @param session id of the new session
 * @param browser token that identifies the browser at its next sign-in, see {@link
 *     KnownBrowserRepository}
 * @param joined the name of the workspace whose invitation was accepted on the way
 */
public record SignedIn(String email, String session, String browser, Optional<String> joined)
    implements SignInResult {
  @Override
  public String toString() {
    return "SignedIn[…]";
  }
}
