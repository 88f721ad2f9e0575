package dev.keywheel.people;

/**
 * The secrets of a new sign-in, for the browser only; the database stores their hashes.
 *
 * @param session id of the new session
 * @param browser token that identifies the browser at its next sign-in, see {@link
 *     KnownBrowserRepository}
 */
public record SignedIn(String email, String session, String browser) implements SignInResult {
  @Override
  public String toString() {
    return "SignedIn[…]";
  }
}
