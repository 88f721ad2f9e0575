package dev.keywheel.people;

import dev.keywheel.people.identity.EmailAddress;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;

/** The name at a refused sign-in as it may be stored: users also type passwords and keys there. */
final class AttemptedName {
  private static final int LONGEST = 100;

  private AttemptedName() {}

  /** The name if it is an e-mail address and does not look like a key; otherwise its length. */
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
