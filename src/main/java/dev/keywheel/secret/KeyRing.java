package dev.keywheel.secret;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The unwrapped data keys: all of them decrypt secrets or verify, one encrypts, one computes
 * fingerprints, one signs the audit log.
 *
 * @param auditIds ids of the keys that verify the audit log
 */
record KeyRing(
    Map<UUID, CipherKey> all,
    UUID sealingId,
    UUID fingerprintsId,
    UUID auditId,
    Set<UUID> auditIds) {
  static final KeyRing EMPTY = empty();

  KeyRing {
    all = Map.copyOf(all);
    auditIds = Set.copyOf(auditIds);
  }

  @Nullable CipherKey find(UUID id) {
    return all.get(id);
  }

  CipherKey key(UUID id) {
    CipherKey key = all.get(id);
    if (key == null) {
      throw new IllegalStateException("There is no data key " + id);
    }
    return key;
  }

  CipherKey fingerprints() {
    return key(fingerprintsId);
  }

  /** A copy in which this key signs the audit log. */
  KeyRing signing(UUID audit) {
    return new KeyRing(all, sealingId, fingerprintsId, audit, auditIds);
  }

  /** A copy that also verifies the audit log with the keys of another ring. */
  KeyRing verifyingLike(KeyRing other) {
    var keys = new HashMap<>(other.all);
    keys.keySet().retainAll(other.auditIds);
    keys.putAll(all);
    var ids = new HashSet<>(other.auditIds);
    ids.addAll(auditIds);
    return new KeyRing(keys, sealingId, fingerprintsId, auditId, ids);
  }

  @Override
  public String toString() {
    return "Ring of " + all.size();
  }

  private static KeyRing empty() {
    UUID none = new UUID(0, 0);
    var key = new CipherKey("", new SecretKeySpec(new byte[1], "AES"), CipherKey.FORMAT);
    return new KeyRing(Map.of(none, key), none, none, none, Set.of());
  }
}
