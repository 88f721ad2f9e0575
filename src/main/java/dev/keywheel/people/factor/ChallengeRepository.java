package dev.keywheel.people.factor;

import static dev.keywheel.db.schema.Tables.SIGN_IN_CHALLENGES;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.SignInChallengesRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/**
 * Challenges that one browser must answer within {@link #GOOD_FOR}. The holder is the hash of a
 * cookie or of a session id, so that another browser cannot answer.
 */
public final class ChallengeRepository {
  public static final Duration GOOD_FOR = Duration.ofMinutes(5);

  /** Maximum number of open challenges without a user per network, to limit the stored rows. */
  public static final int MAX_ANONYMOUS = 100;

  public enum Purpose implements StoredEnum {
    /** The password was right; the second factor is missing. */
    SECOND_FACTOR,
    /** A sign-in with a passkey alone; no user is known yet. */
    PASSKEY,
    /** A signed-in user confirms with a passkey. */
    CONFIRMATION,
    /** A signed-in user adds a passkey. */
    REGISTRATION;
  }

  /**
   * An open challenge.
   *
   * @param user null for a sign-in with a passkey alone
   * @param request a request of {@link PasskeyCeremony}; null if no passkey is requested
   */
  public record Challenge(@Nullable UUID user, @Nullable String request) {}

  /**
   * Opens a challenge. An open one of the same holder and purpose is extended and returned with its
   * request, so that a prompt that the browser still shows can be answered. After {@link
   * #GOOD_FOR}, when the first prompt has ended, it gets the new request, so that no request can be
   * answered for more than twice that time.
   */
  public Challenge open(
      Tx tx,
      byte[] holder,
      Purpose purpose,
      @Nullable UUID user,
      @Nullable String request,
      String network,
      Instant now) {
    sweep(tx, now);
    var recent = SIGN_IN_CHALLENGES.CREATED_AT.gt(now.minus(GOOD_FOR));
    return tx.dsl()
        .insertInto(SIGN_IN_CHALLENGES)
        .set(SIGN_IN_CHALLENGES.HOLDER_HASH, holder)
        .set(SIGN_IN_CHALLENGES.PURPOSE, purpose.code())
        .set(SIGN_IN_CHALLENGES.USER_ID, user)
        .set(SIGN_IN_CHALLENGES.REQUEST, request)
        .set(SIGN_IN_CHALLENGES.NETWORK, network)
        .set(SIGN_IN_CHALLENGES.CREATED_AT, now)
        .set(SIGN_IN_CHALLENGES.EXPIRES_AT, now.plus(GOOD_FOR))
        .onConflict(SIGN_IN_CHALLENGES.HOLDER_HASH, SIGN_IN_CHALLENGES.PURPOSE)
        .doUpdate()
        .set(SIGN_IN_CHALLENGES.EXPIRES_AT, excluded(SIGN_IN_CHALLENGES.EXPIRES_AT))
        .set(SIGN_IN_CHALLENGES.CREATED_AT, keptIf(recent, SIGN_IN_CHALLENGES.CREATED_AT))
        .set(SIGN_IN_CHALLENGES.REQUEST, keptIf(recent, SIGN_IN_CHALLENGES.REQUEST))
        .returning()
        .fetchSingle(ChallengeRepository::challenge);
  }

  private static <T> Field<T> keptIf(Condition recent, Field<T> field) {
    return when(recent, coalesce(field, excluded(field))).otherwise(excluded(field));
  }

  /**
   * Sets the passkey request unless the challenge has one, and returns the one that it has; empty
   * if the challenge has ended.
   */
  public Optional<String> addRequest(
      Tx tx, byte[] holder, Purpose purpose, String request, Instant now) {
    return tx.dsl()
        .update(SIGN_IN_CHALLENGES)
        .set(SIGN_IN_CHALLENGES.REQUEST, coalesce(SIGN_IN_CHALLENGES.REQUEST, val(request)))
        .where(which(holder, purpose), SIGN_IN_CHALLENGES.EXPIRES_AT.gt(now))
        .returning()
        .fetchOptional(SIGN_IN_CHALLENGES.REQUEST);
  }

  /** Removes the passkey request, which can be answered once. */
  public void removeRequest(Tx tx, byte[] holder, Purpose purpose) {
    tx.dsl()
        .update(SIGN_IN_CHALLENGES)
        .setNull(SIGN_IN_CHALLENGES.REQUEST)
        .where(which(holder, purpose))
        .execute();
  }

  /** The open challenge; empty if there is none or it has ended. */
  public Optional<Challenge> find(DSLContext dsl, byte[] holder, Purpose purpose, Instant now) {
    return dsl.selectFrom(SIGN_IN_CHALLENGES)
        .where(which(holder, purpose), SIGN_IN_CHALLENGES.EXPIRES_AT.gt(now))
        .fetchOptional(ChallengeRepository::challenge);
  }

  /** Ends the open challenge and returns it; of two concurrent answers, only one gets it. */
  public Optional<Challenge> take(Tx tx, byte[] holder, Purpose purpose, Instant now) {
    return tx.dsl()
        .deleteFrom(SIGN_IN_CHALLENGES)
        .where(which(holder, purpose), SIGN_IN_CHALLENGES.EXPIRES_AT.gt(now))
        .returning()
        .fetchOptional(ChallengeRepository::challenge);
  }

  private static Challenge challenge(SignInChallengesRecord row) {
    return new Challenge(row.getUserId(), row.getRequest());
  }

  /** Ends a challenge; false if another request ended it first. */
  public boolean end(Tx tx, byte[] holder, Purpose purpose) {
    return tx.dsl().deleteFrom(SIGN_IN_CHALLENGES).where(which(holder, purpose)).execute() > 0;
  }

  /** Ends all challenges of a user whose password or second factors changed. */
  public void endAll(Tx tx, UUID user) {
    tx.dsl().deleteFrom(SIGN_IN_CHALLENGES).where(SIGN_IN_CHALLENGES.USER_ID.eq(user)).execute();
  }

  /**
   * Counts the open challenges of a network that belong to no user yet. Ignores challenges that end
   * later than {@link #GOOD_FOR} from now, which were opened before the clock was set back.
   */
  public int countAnonymous(DSLContext dsl, String network, Instant now) {
    return dsl.fetchCount(
        SIGN_IN_CHALLENGES,
        SIGN_IN_CHALLENGES.NETWORK.eq(network),
        SIGN_IN_CHALLENGES.USER_ID.isNull(),
        SIGN_IN_CHALLENGES.EXPIRES_AT.between(now, now.plus(GOOD_FOR)));
  }

  public void sweep(Tx tx, Instant now) {
    tx.dsl().deleteFrom(SIGN_IN_CHALLENGES).where(SIGN_IN_CHALLENGES.EXPIRES_AT.le(now)).execute();
  }

  private static Condition which(byte[] holder, Purpose purpose) {
    return and(
        SIGN_IN_CHALLENGES.HOLDER_HASH.eq(holder), SIGN_IN_CHALLENGES.PURPOSE.eq(purpose.code()));
  }
}
