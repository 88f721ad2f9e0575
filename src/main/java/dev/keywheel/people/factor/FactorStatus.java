package dev.keywheel.people.factor;

import java.util.List;

/**
 * The second factors of a user.
 *
 * @param app whether an authenticator app is set up
 * @param codesLeft number of unused recovery codes
 */
public record FactorStatus(boolean app, List<Passkey> passkeys, int codesLeft) {
  /** Whether sign-in asks for a second factor. */
  public boolean any() {
    return app || !passkeys.isEmpty();
  }
}
