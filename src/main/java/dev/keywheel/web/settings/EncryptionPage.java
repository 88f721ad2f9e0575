package dev.keywheel.web.settings;

import dev.keywheel.secret.VaultState;
import dev.keywheel.web.form.Fields;
import org.jspecify.annotations.Nullable;

/**
 * How the secrets are kept.
 *
 * @param source where the key-encryption key is read from
 * @param makesItsOwn whether a change makes the new key, or expects it there
 */
public record EncryptionPage(VaultState state, String source, boolean makesItsOwn, Fields fields) {

  /** The id of the key-encryption key in use; null while the vault is shut. */
  public @Nullable String kekId() {
    return state instanceof VaultState.Open(var id) ? id : null;
  }

  /** What is wrong and what to do; null when all is well. */
  public @Nullable String shut() {
    return state instanceof VaultState.Sealed sealed ? sealed.sentence() : null;
  }
}
