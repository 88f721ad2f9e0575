package dev.keywheel.people;

/**
 * Hashes passwords like the application, but with so little memory that it takes almost no time.
 */
public final class CheapPasswords {
  private static final int MEMORY_KIB = 64;
  private static final Passwords CHEAP = new Passwords(MEMORY_KIB);

  private CheapPasswords() {}

  public static Passwords get() {
    return CHEAP;
  }
}
