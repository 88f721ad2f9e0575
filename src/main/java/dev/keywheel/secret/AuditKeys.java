package dev.keywheel.secret;

import dev.keywheel.db.Tx;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The data keys that sign the audit log: one signs, all of them verify. */
public final class AuditKeys {
  private final AtomicReference<KeyRing> keyRing;
  private final DataKeyRepository keys;
  private final Vault vault;

  AuditKeys(AtomicReference<KeyRing> keyRing, DataKeyRepository keys, Vault vault) {
    this.keyRing = keyRing;
    this.keys = keys;
    this.vault = vault;
  }

  /** Id of the key that signs; empty while the vault is sealed. */
  public Optional<UUID> active() {
    KeyRing current = ring();
    return current == KeyRing.EMPTY ? Optional.empty() : Optional.of(current.auditId());
  }

  /** Throws {@link VaultSealedException} if the vault is sealed. */
  public void requireOpen() {
    if (ring() == KeyRing.EMPTY) {
      throw new VaultSealedException("The vault is sealed.");
    }
  }

  /** HMAC-SHA-256; empty if the vault does not hold the key, or is sealed. */
  public Optional<byte[]> mac(UUID key, byte[] message) {
    KeyRing current = ring();
    return current.auditIds().contains(key)
        ? Optional.of(current.key(key).hmac().doFinal(message))
        : Optional.empty();
  }

  /**
   * Replaces the key that signs. {@link #active} returns the new key only after {@link #reload}, to
   * be called after the commit.
   *
   * @return the id of the new key, which {@link #mac} accepts immediately
   */
  public UUID replace(Tx tx) {
    requireOpen();
    KeyRing before = ring();
    UUID fresh = vault.withKek(() -> keys.replace(tx, DataKeyRepository.AUDIT, vault::readKeks));
    KeyRing after = vault.unwrapped(tx.dsl()).signing(before.auditId());
    keyRing.updateAndGet(now -> now == KeyRing.EMPTY ? now : after); // else it stays sealed
    return fresh;
  }

  /** Reloads the data keys, including those that another node created. */
  public void reload(Tx tx) {
    KeyRing before = ring();
    if (before != KeyRing.EMPTY) {
      // keeps a key that a transaction of this node has not committed
      keyRing.compareAndSet(before, vault.unwrapped(tx.dsl()).verifyingLike(before));
    }
  }

  /** Reloads the data keys if this one is unknown, because another node created it. */
  public void loadIfUnknown(Tx tx, @Nullable UUID key) {
    if (key != null && !ring().auditIds().contains(key)) {
      reload(tx);
    }
  }

  private KeyRing ring() {
    return Objects.requireNonNull(keyRing.get());
  }
}
