package dev.keywheel.people.factor;

/** A slow, salted hash, as for passwords: recovery codes are too short for a fast one. */
@FunctionalInterface
public interface CodeHash {
  byte[] hash(String code, byte[] salt);
}
