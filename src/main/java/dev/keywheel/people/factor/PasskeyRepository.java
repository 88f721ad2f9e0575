package dev.keywheel.people.factor;

import static dev.keywheel.db.schema.Tables.PASSKEYS;

import dev.keywheel.db.Tx;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Records;

public final class PasskeyRepository {

  /** The passkeys of a user, oldest first. */
  public List<Passkey> of(DSLContext dsl, UUID user) {
    return select(dsl, PASSKEYS.USER_ID.eq(user));
  }

  /** The passkey with this credential id, of any user. */
  public Optional<Passkey> byCredential(DSLContext dsl, byte[] credentialId) {
    return select(dsl, PASSKEYS.CREDENTIAL_ID.eq(credentialId)).stream().findFirst();
  }

  private static List<Passkey> select(DSLContext dsl, Condition condition) {
    return dsl.select(
            PASSKEYS.ID,
            PASSKEYS.USER_ID,
            PASSKEYS.CREDENTIAL_ID,
            PASSKEYS.PUBLIC_KEY,
            PASSKEYS.SIGN_COUNT,
            PASSKEYS.NAME,
            PASSKEYS.CREATED_AT,
            PASSKEYS.LAST_USED_AT)
        .from(PASSKEYS)
        .where(condition)
        .orderBy(PASSKEYS.CREATED_AT, PASSKEYS.ID)
        .fetch(Records.mapping(Passkey::new));
  }

  /** Adds a passkey; false if its credential is registered already. */
  public boolean add(Tx tx, Passkey passkey) {
    return tx.dsl()
            .insertInto(PASSKEYS)
            .set(PASSKEYS.ID, passkey.id())
            .set(PASSKEYS.USER_ID, passkey.userId())
            .set(PASSKEYS.CREDENTIAL_ID, passkey.credentialId())
            .set(PASSKEYS.PUBLIC_KEY, passkey.publicKey())
            .set(PASSKEYS.SIGN_COUNT, passkey.signCount())
            .set(PASSKEYS.NAME, passkey.name())
            .set(PASSKEYS.CREATED_AT, passkey.createdAt())
            .onConflictDoNothing()
            .execute()
        > 0;
  }

  /**
   * Records a use. Returns false if the passkey was removed, or its stored count is not lower than
   * this one. Authenticators without a counter always send zero, which is accepted.
   */
  public boolean recordUse(Tx tx, UUID id, long signCount, Instant now) {
    return tx.dsl()
            .update(PASSKEYS)
            .set(PASSKEYS.SIGN_COUNT, signCount)
            .set(PASSKEYS.LAST_USED_AT, now)
            .where(
                PASSKEYS.ID.eq(id),
                signCount == 0
                    ? PASSKEYS.SIGN_COUNT.eq(signCount)
                    : PASSKEYS.SIGN_COUNT.lt(signCount))
            .execute()
        > 0;
  }

  /** Removes a passkey of the user; returns its name, or empty if there is no such passkey. */
  public Optional<String> remove(Tx tx, UUID user, UUID id) {
    return tx.dsl()
        .deleteFrom(PASSKEYS)
        .where(PASSKEYS.USER_ID.eq(user), PASSKEYS.ID.eq(id))
        .returning(PASSKEYS.NAME)
        .fetchOptional(PASSKEYS.NAME);
  }

  public void removeAll(Tx tx, UUID user) {
    tx.dsl().deleteFrom(PASSKEYS).where(PASSKEYS.USER_ID.eq(user)).execute();
  }
}
