package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.problem.NotFound;
import dev.keywheel.secret.EncryptedColumn;
import dev.keywheel.secret.EncryptionContext;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.Vault.EncryptedSecret;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/** Decrypts the secrets of keys. */
public final class KeySecrets {
  /** The ciphertexts of all keys, those in the trash included. */
  public static final EncryptedColumn COLUMN =
      new EncryptedColumn(
          "keys",
          API_KEYS.ID,
          API_KEYS.DATA_KEY_ID,
          API_KEYS.CIPHERTEXT,
          row ->
              context(
                  row.get(API_KEYS.WORKSPACE_ID),
                  row.get(API_KEYS.PROVIDER),
                  row.get(API_KEYS.ID)));

  private final Database database;
  private final Vault vault;

  KeySecrets(Database database, Vault vault) {
    this.database = database;
    this.vault = vault;
  }

  /**
   * Decrypts the secret of a key, for one outgoing request.
   *
   * @throws NotFound for a key in the trash
   */
  public Secret open(UUID workspace, UUID keyId) {
    Supplier<Secret> secret = openAll(workspace, List.of(keyId)).get(keyId);
    if (secret == null) {
      throw new NotFound("The key was deleted.");
    }
    return secret.get();
  }

  /**
   * Decrypts the secret of a key that an assignment has returned.
   *
   * @throws IllegalStateException for a damaged ciphertext
   */
  public Secret open(ApiKey key, EncryptedSecret secret) {
    return vault.open(secret, context(key.pool().workspaceId(), key.pool().provider(), key.id()));
  }

  /**
   * Reads the secrets of a batch in one statement; each is decrypted by its supplier, which throws
   * {@link IllegalStateException} for a damaged ciphertext. Keys in the trash are left out.
   */
  public Map<UUID, Supplier<Secret>> openAll(UUID workspace, Collection<UUID> keyIds) {
    vault.requireOpen();
    return database.read(
        dsl ->
            dsl.select(API_KEYS.ID, API_KEYS.PROVIDER, API_KEYS.DATA_KEY_ID, API_KEYS.CIPHERTEXT)
                .from(API_KEYS)
                .where(API_KEYS.WORKSPACE_ID.eq(workspace))
                .and(Ids.isAmong(API_KEYS.ID, keyIds))
                .and(API_KEYS.DELETED_AT.isNull())
                .fetchMap(
                    row -> row.value1(),
                    row -> {
                      var sealed = new EncryptedSecret(row.value3(), row.value4());
                      var context = context(workspace, row.value2(), row.value1());
                      return () -> vault.open(sealed, context);
                    }));
  }

  /** The encryption context, which binds a secret to its key, workspace and provider. */
  static EncryptionContext context(UUID workspace, String provider, UUID keyId) {
    return EncryptionContext.of("api_key", keyId, workspace.toString(), provider);
  }
}
