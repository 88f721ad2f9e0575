package dev.keywheel.people;

import java.util.concurrent.atomic.AtomicInteger;

/** Real ones with little memory that count the comparisons. */
class CountingPasswords extends Passwords {
  final AtomicInteger compared = new AtomicInteger();

  CountingPasswords() {
    super(64);
  }

  @Override
  boolean matches(String password, String hash) {
    compared.incrementAndGet();
    return super.matches(password, hash);
  }
}
