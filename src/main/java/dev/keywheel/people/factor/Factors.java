package dev.keywheel.people.factor;

import static dev.keywheel.db.schema.Tables.AUTHENTICATOR_APPS;
import static dev.keywheel.db.schema.Tables.PASSKEYS;

import dev.keywheel.db.Tx;
import dev.keywheel.secret.Vault;
import java.security.SecureRandom;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;

/** Access to the second factors of all kinds. */
public record Factors(
    AuthenticatorAppRepository apps,
    PasskeyRepository passkeys,
    RecoveryCodeRepository codes,
    ChallengeRepository challenges,
    PasskeyCeremony ceremony) {

  public static Factors of(Vault vault, SecureRandom random, CodeHash hash, PasskeySite site) {
    return new Factors(
        new AuthenticatorAppRepository(vault, random),
        new PasskeyRepository(),
        new RecoveryCodeRepository(random, hash),
        new ChallengeRepository(),
        new PasskeyCeremony(site));
  }

  public FactorStatus status(DSLContext dsl, UUID user) {
    return new FactorStatus(
        apps.isConfirmed(dsl, user), passkeys.of(dsl, user), codes.countUnused(dsl, user));
  }

  /**
   * Removes all second factors of a user, and the user's open challenges.
   *
   * @return whether the user had an authenticator app or a passkey
   */
  public boolean removeAll(Tx tx, UUID user) {
    boolean any = status(tx.dsl(), user).any();
    apps.remove(tx, user);
    passkeys.removeAll(tx, user);
    codes.removeAll(tx, user);
    challenges.endAll(tx, user);
    return any;
  }

  /** The users who have a second factor. */
  public static Set<UUID> holders(DSLContext dsl) {
    return dsl.select(AUTHENTICATOR_APPS.USER_ID)
        .from(AUTHENTICATOR_APPS)
        .where(AUTHENTICATOR_APPS.CONFIRMED_AT.isNotNull())
        .union(dsl.select(PASSKEYS.USER_ID).from(PASSKEYS))
        .fetchSet(AUTHENTICATOR_APPS.USER_ID);
  }
}
