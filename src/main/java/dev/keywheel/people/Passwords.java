package dev.keywheel.people;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import java.util.concurrent.Semaphore;

/**
 * Hashing of passwords with Argon2id.
 *
 * <p>19 MiB, two passes, one lane: the second of the settings that OWASP gives as equal; about 25
 * ms here. At most {@link #AT_ONCE} are worked out at a time, so that a flood of sign-ins costs
 * time, not memory.
 */
final class Passwords {
  static final int MEMORY_KIB = 19_456;
  static final int PASSES = 2;
  static final int LANES = 1;
  static final int HASH_BYTES = 32;
  static final int SALT_BYTES = 16;
  static final int AT_ONCE = 2;

  /** A hash that no password has: what a user has who has not chosen one yet. */
  static final String NONE = "!";

  private static final Argon2Function ARGON2ID =
      Argon2Function.getInstance(MEMORY_KIB, PASSES, LANES, HASH_BYTES, Argon2.ID);

  /** One bound for the whole process: it is the process's memory that is at stake. */
  private static final Semaphore PERMITS = new Semaphore(AT_ONCE, true);

  /** Compared with when there is no such user, so that it takes as long. */
  private static final String DECOY = new Passwords().hash("a password that nobody has");

  /** The hash with its parameters and salt, as text. */
  String hash(String password) {
    PERMITS.acquireUninterruptibly();
    try {
      return Password.hash(password).addRandomSalt(SALT_BYTES).with(ARGON2ID).getResult();
    } finally {
      PERMITS.release();
    }
  }

  /** Whether this is the password of the hash. Takes as long when there is no hash. */
  boolean matches(String password, String hash) {
    var known = !hash.equals(NONE);
    PERMITS.acquireUninterruptibly();
    try {
      var against = known ? hash : DECOY;
      var same =
          Password.check(password, against).with(Argon2Function.getInstanceFromHash(against));
      return same && known;
    } finally {
      PERMITS.release();
    }
  }

  /** Whether the hash was made with other parameters than today's and should be made anew. */
  boolean outdated(String hash) {
    var made = Argon2Function.getInstanceFromHash(hash);
    return made.getMemory() != MEMORY_KIB
        || made.getIterations() != PASSES
        || made.getParallelism() != LANES;
  }
}
