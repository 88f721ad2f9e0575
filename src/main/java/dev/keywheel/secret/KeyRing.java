package dev.keywheel.secret;

import java.util.Map;
import java.util.UUID;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The unwrapped data keys: all can open, one seals, one computes fingerprints. */
record KeyRing(
    Map<UUID, SecretKey> all, UUID sealingId, SecretKey sealing, SecretKey fingerprints) {
  static final KeyRing EMPTY = empty();

  static KeyRing of(Map<UUID, SecretKey> all, UUID sealing, UUID fingerprints) {
    return new KeyRing(Map.copyOf(all), sealing, of(all, sealing), of(all, fingerprints));
  }

  SecretKey key(UUID id) {
    return of(all, id);
  }

  private static SecretKey of(Map<UUID, SecretKey> all, UUID id) {
    SecretKey key = all.get(id);
    if (key == null) {
      throw new IllegalStateException("There is no data key " + id);
    }
    return key;
  }

  @Override
  public String toString() {
    return "Ring of " + all.size();
  }

  private static KeyRing empty() {
    SecretKey none = new SecretKeySpec(new byte[1], "AES");
    return new KeyRing(Map.of(), new UUID(0, 0), none, none);
  }
}
