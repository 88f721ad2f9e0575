package dev.keywheel.people;

import java.util.concurrent.atomic.AtomicInteger;

/** Real hashes with little memory; counts the comparisons. */
class CountingPasswords extends Passwords {
  final AtomicInteger compared = new AtomicInteger();

  /**
   * Has no initializer, because it would reset the count after the constructor of the superclass
   * has made a hash.
   */
  int hashed;

  CountingPasswords() {
    super(64);
  }

  @Override
  boolean matches(String password, String hash) {
    compared.incrementAndGet();
    return super.matches(password, hash);
  }

  @Override
  String hash(String password) {
    hashed++;
    return super.hash(password);
  }
}
