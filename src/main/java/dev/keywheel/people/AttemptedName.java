package dev.keywheel.people;

import dev.keywheel.people.identity.EmailAddress;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;

/** Decides how a name is stored after a refused sign-in: it may be a password or a key. */
final class AttemptedName {
  private static final int LONGEST = 100;

  private AttemptedName() {}

  /**
   * The name if it is a short e-mail address that does not look like a key, otherwise its length.
   */
  static String shown(String name) {
    return isAddress(name) && name.length() <= LONGEST && !SecretShape.POSSIBLE.isIn(name)
        ? name
        : "not an e-mail address, " + name.length() + " characters";
  }

  private static boolean isAddress(String name) {
    try {
      EmailAddress.checked(name);
      return name.indexOf('.', name.indexOf('@')) > 0;
    } catch (Rejected malformed) {
      return false;
    }
  }
}
