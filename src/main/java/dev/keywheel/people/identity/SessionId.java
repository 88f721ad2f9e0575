package dev.keywheel.people.identity;

import java.util.Arrays;
import java.util.HexFormat;

/** The SHA-256 of a session's secret id. */
public final class SessionId {
  private final byte[] hash;

  public SessionId(byte[] hash) {
    this.hash = hash.clone();
  }

  public byte[] hash() {
    return hash.clone();
  }

  /** The first half of the hash in hex; safe to show. */
  public String shown() {
    return HexFormat.of().formatHex(hash, 0, hash.length / 2);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionId that && Arrays.equals(hash, that.hash);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hash);
  }

  @Override
  public String toString() {
    return "SessionId " + shown();
  }
}
