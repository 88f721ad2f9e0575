package dev.keywheel.people.factor;

import static dev.keywheel.db.schema.Tables.AUTHENTICATOR_APPS;

import dev.keywheel.db.Tx;
import dev.keywheel.secret.EncryptedColumn;
import dev.keywheel.secret.EncryptionContext;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.Vault.EncryptedSecret;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record3;

/** The authenticator apps of users, at most one per user. The vault encrypts their secrets. */
public final class AuthenticatorAppRepository {
  public static final EncryptedColumn COLUMN =
      new EncryptedColumn(
          "authenticator apps",
          AUTHENTICATOR_APPS.USER_ID,
          AUTHENTICATOR_APPS.DATA_KEY_ID,
          AUTHENTICATOR_APPS.SECRET,
          row -> context(row.get(AUTHENTICATOR_APPS.USER_ID)));

  private final Vault vault;
  private final SecureRandom random;

  AuthenticatorAppRepository(Vault vault, SecureRandom random) {
    this.vault = vault;
    this.random = random;
  }

  /** Begins the set-up with a new secret; replaces one that was never confirmed. */
  public void begin(Tx tx, UUID user, Instant now) {
    var encrypted = vault.sealer(tx.dsl()).seal(Secret.of(Totp.secret(random)), context(user));
    tx.dsl()
        .deleteFrom(AUTHENTICATOR_APPS)
        .where(AUTHENTICATOR_APPS.USER_ID.eq(user), AUTHENTICATOR_APPS.CONFIRMED_AT.isNull())
        .execute();
    tx.dsl()
        .insertInto(AUTHENTICATOR_APPS)
        .set(AUTHENTICATOR_APPS.USER_ID, user)
        .set(AUTHENTICATOR_APPS.DATA_KEY_ID, encrypted.dataKeyId())
        .set(AUTHENTICATOR_APPS.SECRET, encrypted.ciphertext())
        .set(AUTHENTICATOR_APPS.CREATED_AT, now)
        .onConflictDoNothing()
        .execute();
  }

  /** The secret of a set-up in progress, in base32; empty if there is none. */
  public Optional<String> pendingSecret(DSLContext dsl, UUID user) {
    return dsl.select(
            AUTHENTICATOR_APPS.DATA_KEY_ID, AUTHENTICATOR_APPS.SECRET, AUTHENTICATOR_APPS.LAST_STEP)
        .from(AUTHENTICATOR_APPS)
        .where(AUTHENTICATOR_APPS.USER_ID.eq(user), AUTHENTICATOR_APPS.CONFIRMED_AT.isNull())
        .fetchOptional(row -> secret(dsl, row, user));
  }

  /** Completes the set-up if the code is right. */
  public boolean confirm(Tx tx, UUID user, String code, Instant now) {
    return use(tx, user, code, now, true)
        && tx.dsl()
                .update(AUTHENTICATOR_APPS)
                .set(AUTHENTICATOR_APPS.CONFIRMED_AT, now)
                .where(
                    AUTHENTICATOR_APPS.USER_ID.eq(user), AUTHENTICATOR_APPS.CONFIRMED_AT.isNull())
                .execute()
            > 0;
  }

  /** Consumes the code; true if it is correct and was not used before. */
  public boolean use(Tx tx, UUID user, String code, Instant now) {
    return use(tx, user, code, now, false);
  }

  private boolean use(Tx tx, UUID user, String code, Instant now, boolean pending) {
    var row =
        tx.dsl()
            .select(
                AUTHENTICATOR_APPS.DATA_KEY_ID,
                AUTHENTICATOR_APPS.SECRET,
                AUTHENTICATOR_APPS.LAST_STEP)
            .from(AUTHENTICATOR_APPS)
            .where(
                AUTHENTICATOR_APPS.USER_ID.eq(user),
                pending
                    ? AUTHENTICATOR_APPS.CONFIRMED_AT.isNull()
                    : AUTHENTICATOR_APPS.CONFIRMED_AT.isNotNull())
            .forUpdate()
            .fetchOptional();
    if (row.isEmpty()) {
      return false;
    }
    var step = Totp.match(secret(tx.dsl(), row.get(), user), code, row.get().value3(), now);
    step.ifPresent(
        used ->
            tx.dsl()
                .update(AUTHENTICATOR_APPS)
                .set(AUTHENTICATOR_APPS.LAST_STEP, used)
                .where(AUTHENTICATOR_APPS.USER_ID.eq(user))
                .execute());
    return step.isPresent();
  }

  private String secret(DSLContext dsl, Record3<UUID, byte[], Long> row, UUID user) {
    vault.loadDataKey(dsl, row.value1());
    return vault.open(new EncryptedSecret(row.value1(), row.value2()), context(user)).reveal();
  }

  private static EncryptionContext context(UUID user) {
    return EncryptionContext.of("authenticator_app", user);
  }

  /** Whether the user has an app whose set-up is complete. */
  public boolean isConfirmed(DSLContext dsl, UUID user) {
    return dsl.fetchExists(
        AUTHENTICATOR_APPS,
        AUTHENTICATOR_APPS.USER_ID.eq(user),
        AUTHENTICATOR_APPS.CONFIRMED_AT.isNotNull());
  }

  /** Removes the app, or the set-up in progress. */
  public void remove(Tx tx, UUID user) {
    tx.dsl().deleteFrom(AUTHENTICATOR_APPS).where(AUTHENTICATOR_APPS.USER_ID.eq(user)).execute();
  }
}
