package dev.keywheel.people;

/**
 * Two secrets for the browser alone; only their hashes are kept.
 *
 * @param session id of the new session
 * @param browser by which the browser is known at its next sign-in, see {@link
 *     KnownBrowserRepository}
 */
public record SignedIn(String session, String browser) {
  @Override
  public String toString() {
    return "SignedIn[…]";
  }
}
