package dev.keywheel.web.settings;

import dev.keywheel.secret.DataKeyRotation;
import dev.keywheel.secret.KekRotation.RetiredKek;
import dev.keywheel.secret.VaultState;
import dev.keywheel.web.form.Fields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encryption of the secrets.
 *
 * @param source display name of the KEK source
 * @param createsKek whether a rotation creates the new KEK; if not, the operator provides it
 * @param retired KEKs that only older backups need
 * @param dataKey null while the vault is sealed
 */
public record EncryptionPage(
    VaultState state,
    String source,
    boolean createsKek,
    List<RetiredKek> retired,
    DataKeyRotation.@Nullable DataKeyStatus dataKey,
    Fields fields) {

  /** The id of the key-encryption key in use; null while the vault is sealed. */
  public @Nullable String kekId() {
    return state instanceof VaultState.Open(var id) ? id : null;
  }

  /** Whether secrets are being moved to a new data key. */
  boolean moving() {
    return dataKey != null && !dataKey.retired().isEmpty();
  }

  /** The problem and its remedy; null if the vault is open. */
  public @Nullable String sealedReason() {
    return state instanceof VaultState.Sealed sealed ? sealed.sentence() : null;
  }
}
