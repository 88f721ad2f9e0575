package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.KNOWN_BROWSERS;
import static org.jooq.impl.DSL.and;

import dev.keywheel.db.Tx;
import dev.keywheel.people.identity.SecretTokens;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;

/**
 * Browsers in which a user has signed in before. The throttle counts their attempts separately, so
 * wrong passwords from elsewhere do not lock out the user. The browser still needs the password.
 */
public final class KnownBrowserRepository {
  /** Time after its last sign-in at which a browser is removed. */
  public static final Duration REMEMBERED = Duration.ofDays(365);

  /** Maximum number of browsers per user. Each has its own attempts, so this limits guesses. */
  static final int MAX_PER_USER = 10;

  private final SecureRandom random;

  public KnownBrowserRepository(SecureRandom random) {
    this.random = random;
  }

  /** Whether the user has signed in with this token within {@link #REMEMBERED}. */
  public boolean knows(DSLContext dsl, UUID user, String token, Instant now) {
    return dsl.fetchExists(KNOWN_BROWSERS, which(user, token, now));
  }

  /**
   * Records the browser of a sign-in. An unknown token is replaced by a new one, so that an
   * attacker cannot choose the token of a browser.
   *
   * @return the token for the browser's cookie
   */
  String remember(Tx tx, UUID user, Optional<String> given, Instant now) {
    return given
        .filter(token -> recordUse(tx, user, token, now))
        .orElseGet(() -> add(tx, user, now));
  }

  private static boolean recordUse(Tx tx, UUID user, String token, Instant now) {
    return tx.dsl()
            .update(KNOWN_BROWSERS)
            .set(KNOWN_BROWSERS.LAST_USED_AT, now)
            .where(which(user, token, now))
            .execute()
        > 0;
  }

  private String add(Tx tx, UUID user, Instant now) {
    var token = SecretTokens.make(random, SecretTokens.SESSION_BYTES);
    tx.dsl()
        .deleteFrom(KNOWN_BROWSERS)
        .where(KNOWN_BROWSERS.USER_ID.eq(user))
        .and(
            KNOWN_BROWSERS.TOKEN_HASH.notIn(
                tx.dsl()
                    .select(KNOWN_BROWSERS.TOKEN_HASH)
                    .from(KNOWN_BROWSERS)
                    .where(KNOWN_BROWSERS.USER_ID.eq(user))
                    .orderBy(KNOWN_BROWSERS.LAST_USED_AT.desc())
                    .limit(MAX_PER_USER - 1)))
        .execute();
    tx.dsl()
        .insertInto(KNOWN_BROWSERS)
        .set(KNOWN_BROWSERS.USER_ID, user)
        .set(KNOWN_BROWSERS.TOKEN_HASH, SecretTokens.hash(token))
        .set(KNOWN_BROWSERS.LAST_USED_AT, now)
        .execute();
    return token;
  }

  private static Condition which(UUID user, String token, Instant now) {
    return and(
        KNOWN_BROWSERS.USER_ID.eq(user),
        KNOWN_BROWSERS.TOKEN_HASH.eq(SecretTokens.hash(token)),
        KNOWN_BROWSERS.LAST_USED_AT.gt(now.minus(REMEMBERED)));
  }

  /** Removes all browsers of a user whose password or second factor was replaced. */
  public static void forget(Tx tx, UUID user) {
    tx.dsl().deleteFrom(KNOWN_BROWSERS).where(KNOWN_BROWSERS.USER_ID.eq(user)).execute();
  }

  static void sweep(Tx tx, Instant now) {
    tx.dsl()
        .deleteFrom(KNOWN_BROWSERS)
        .where(KNOWN_BROWSERS.LAST_USED_AT.le(now.minus(REMEMBERED)))
        .execute();
  }
}
