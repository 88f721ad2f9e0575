package dev.keywheel.people.identity;

/**
 * The kinds of second factors that a user has.
 *
 * @param app whether an authenticator app is set up
 * @param passkey whether there is a passkey
 */
public record FactorsHeld(boolean app, boolean passkey) {
  public boolean any() {
    return app || passkey;
  }
}
