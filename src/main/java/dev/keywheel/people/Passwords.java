package dev.keywheel.people;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import java.util.concurrent.Semaphore;

/**
 * Hashing of passwords with Argon2id, one for the whole process.
 *
 * <p>19 MiB, two passes, one lane: the second of the settings that OWASP gives as equal; about 25
 * ms here. At most {@link #AT_ONCE} are worked out at a time, so that a flood of sign-ins costs
 * time, not memory.
 */
public class Passwords {
  static final int MEMORY_KIB = 19_456;
  static final int PASSES = 2;
  static final int LANES = 1;
  static final int HASH_BYTES = 32;
  static final int SALT_BYTES = 16;
  static final int AT_ONCE = 2;

  /** A hash that no password has: what a user has who has not chosen one yet. */
  static final String NONE = "!";

  /** One bound for the whole process: it is the process's memory that is at stake. */
  private static final Semaphore PERMITS = new Semaphore(AT_ONCE, true);

  private final Argon2Function argon2id;

  /** Compared with when there is no such user, so that it takes as long. */
  private final String decoy;

  public Passwords() {
    this(MEMORY_KIB);
  }

  /** For a process that guards nothing: the cost is that of the memory. */
  Passwords(int memoryKib) {
    this.argon2id = Argon2Function.getInstance(memoryKib, PASSES, LANES, HASH_BYTES, Argon2.ID);
    this.decoy = hash("a password that nobody has");
  }

  /** The hash with its parameters and salt, as text. */
  String hash(String password) {
    PERMITS.acquireUninterruptibly();
    try {
      return Password.hash(password).addRandomSalt(SALT_BYTES).with(argon2id).getResult();
    } finally {
      PERMITS.release();
    }
  }

  /** Whether this is the password of the hash. Takes as long when there is no hash. */
  boolean matches(String password, String hash) {
    var known = !hash.equals(NONE);
    PERMITS.acquireUninterruptibly();
    try {
      var against = known ? hash : decoy;
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
    return made.getMemory() != argon2id.getMemory()
        || made.getIterations() != argon2id.getIterations()
        || made.getParallelism() != argon2id.getParallelism();
  }
}
