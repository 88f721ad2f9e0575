package dev.keywheel.people;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import dev.keywheel.people.factor.CodeHash;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Password hashing with Argon2id; one instance per process.
 *
 * <p>19 MiB, two passes and one lane are one of the equivalent settings that OWASP recommends; a
 * hash takes about 25 ms. At most {@link #MAX_CONCURRENT} hashes are computed concurrently, so a
 * flood of sign-ins costs time, not memory.
 */
public class Passwords implements CodeHash {
  static final int MEMORY_KIB = 19_456;
  static final int PASSES = 2;
  static final int LANES = 1;
  static final int HASH_BYTES = 32;
  static final int SALT_BYTES = 16;
  static final int MAX_CONCURRENT = 2;

  /** The stored hash of a user without a password; matches no password. */
  static final String NONE = "!";

  /** Limits concurrent hashes. Static, because it limits the memory of the whole process. */
  private static final Semaphore PERMITS = new Semaphore(MAX_CONCURRENT, true);

  private final Argon2Function argon2id;

  /** Hash compared for unknown users, so that response times do not reveal who exists. */
  private final String decoy;

  public Passwords() {
    this(MEMORY_KIB);
  }

  /** Uses a lower memory cost, for tests. */
  Passwords(int memoryKib) {
    this.argon2id = Argon2Function.getInstance(memoryKib, PASSES, LANES, HASH_BYTES, Argon2.ID);
    this.decoy = hash("a password that nobody has");
  }

  /** The encoded hash with its parameters and salt. */
  String hash(String password) {
    return limited(
        () -> Password.hash(password).addRandomSalt(SALT_BYTES).with(argon2id).getResult());
  }

  @Override
  public byte[] hash(String code, byte[] salt) {
    return limited(() -> Password.hash(code).addSalt(salt).with(argon2id).getBytes());
  }

  /** Whether the password matches. Takes the same time for {@link #NONE}. */
  boolean matches(String password, String hash) {
    var known = !hash.equals(NONE);
    var against = known ? hash : decoy;
    var function = Argon2Function.getInstanceFromHash(against);
    return limited(() -> Password.check(password, against).with(function)) && known;
  }

  private static <T> T limited(Supplier<T> computation) {
    PERMITS.acquireUninterruptibly();
    try {
      return computation.get();
    } finally {
      PERMITS.release();
    }
  }

  /** Whether the hash was computed with parameters other than the current ones. */
  boolean outdated(String hash) {
    var made = Argon2Function.getInstanceFromHash(hash);
    return made.getMemory() != argon2id.getMemory()
        || made.getIterations() != argon2id.getIterations()
        || made.getParallelism() != argon2id.getParallelism();
  }
}
