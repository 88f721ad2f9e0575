package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.ONE_TIME_LINKS;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import dev.keywheel.people.identity.SecretTokens;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Single-use links that need no sign-in, each with a random 128-bit token, stored as a hash. */
final class OneTimeLinkRepository {
  /** Validity of set-up and password reset links. */
  private static final Duration GOOD_FOR = Duration.ofHours(1);

  enum Purpose implements StoredEnum {
    /** Creates the first administrator. */
    SETUP,
    /** Lets a user set a new password. */
    RESET;
  }

  private final SecureRandom random;

  OneTimeLinkRepository(SecureRandom random) {
    this.random = random;
  }

  /** Issues a token; invalidates unused tokens for the same purpose and user. */
  String issue(Tx tx, Purpose purpose, @Nullable UUID user, Instant now) {
    removeUnused(tx, purpose, user);
    var token = SecretTokens.make(random, SecretTokens.LINK_BYTES);
    tx.dsl()
        .insertInto(ONE_TIME_LINKS)
        .set(ONE_TIME_LINKS.TOKEN_HASH, SecretTokens.hash(token))
        .set(ONE_TIME_LINKS.PURPOSE, purpose.code())
        .set(ONE_TIME_LINKS.USER_ID, user)
        .set(ONE_TIME_LINKS.CREATED_AT, now)
        .set(ONE_TIME_LINKS.EXPIRES_AT, now.plus(GOOD_FOR))
        .execute();
    return token;
  }

  static void removeUnused(Tx tx, Purpose purpose, @Nullable UUID user) {
    tx.dsl()
        .deleteFrom(ONE_TIME_LINKS)
        .where(ONE_TIME_LINKS.PURPOSE.eq(purpose.code()))
        .and(ONE_TIME_LINKS.USER_ID.isNotDistinctFrom(user))
        .and(ONE_TIME_LINKS.USED_AT.isNull())
        .execute();
  }

  boolean isValid(DSLContext dsl, Purpose purpose, String token, Instant now) {
    return dsl.fetchExists(
        ONE_TIME_LINKS,
        ONE_TIME_LINKS.TOKEN_HASH.eq(SecretTokens.hash(token)),
        ONE_TIME_LINKS.PURPOSE.eq(purpose.code()),
        ONE_TIME_LINKS.USED_AT.isNull(),
        ONE_TIME_LINKS.EXPIRES_AT.gt(now));
  }

  /** Consumes the token. Of two concurrent calls, one returns true. */
  boolean take(Tx tx, Purpose purpose, String token, Instant now) {
    return tx.dsl()
            .update(ONE_TIME_LINKS)
            .set(ONE_TIME_LINKS.USED_AT, now)
            .where(ONE_TIME_LINKS.TOKEN_HASH.eq(SecretTokens.hash(token)))
            .and(ONE_TIME_LINKS.PURPOSE.eq(purpose.code()))
            .and(ONE_TIME_LINKS.USED_AT.isNull())
            .and(ONE_TIME_LINKS.EXPIRES_AT.gt(now))
            .execute()
        > 0;
  }

  /** The user of the link, even if used or expired; empty for a set-up or unknown link. */
  Optional<UUID> user(DSLContext dsl, String token) {
    return dsl.select(ONE_TIME_LINKS.USER_ID)
        .from(ONE_TIME_LINKS)
        .where(ONE_TIME_LINKS.TOKEN_HASH.eq(SecretTokens.hash(token)))
        .fetchOptional(ONE_TIME_LINKS.USER_ID);
  }
}
