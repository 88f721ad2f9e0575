package dev.keywheel.people;

/**
 * Passwords that are hashed as everywhere, with so little memory that it takes no time: a third of
 * what the tests did was to make the passwords of their people hard to guess.
 */
public final class CheapPasswords {
  private static final int MEMORY_KIB = 64;
  private static final Passwords ONES = new Passwords(MEMORY_KIB);

  private CheapPasswords() {}

  public static Passwords get() {
    return ONES;
  }
}
