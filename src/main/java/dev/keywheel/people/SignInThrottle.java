package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.LOGIN_THROTTLE;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.keywheel.db.Tx;
import dev.keywheel.net.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jooq.Condition;

/**
 * Slows guessing down.
 *
 * <p>Tries are counted for the account and for the address, before the password is hashed: of many
 * at the same moment, no more are hashed than of as many one after the other. A right password
 * takes its own try back. From the fifth failure on (an address: the twentieth, since people share
 * one) each doubles a wait, up to {@link #LONGEST}. A wait is not a lock: it ends by itself and the
 * right password then works. Upside: nobody can shut a person out for good; downside: they can for
 * a quarter of an hour. Kept in the database, so that neither a restart nor another node forgets.
 */
final class SignInThrottle {
  static final int FREE_FOR_ACCOUNT = 4;
  static final int FREE_FOR_ADDRESS = 19;
  static final Duration FIRST = Duration.ofSeconds(15);
  static final Duration LONGEST = Duration.ofMinutes(15);

  /** Failures older than this are forgotten. */
  static final Duration MEMORY = Duration.ofHours(12);

  private SignInThrottle() {}

  /** What tries are counted for, and how many of them cost no wait. */
  record Subject(String kind, String value, int free) {
    static Subject account(String email) {
      return new Subject("account", email, FREE_FOR_ACCOUNT);
    }

    static Subject address(String address) {
      return new Subject("address", IpAddress.network(address), FREE_FOR_ADDRESS);
    }

    String name() {
      return kind + ":" + value;
    }
  }

  /**
   * Counts a try as failed, when one may be made now. Holds the subject's row until the transaction
   * ends; the account comes before the address.
   *
   * @return how long until the next try may be made; zero when this one was counted
   */
  static Duration attempt(Tx tx, Subject subject, Instant now) {
    var counted =
        tx.dsl()
            .insertInto(LOGIN_THROTTLE)
            .set(LOGIN_THROTTLE.SUBJECT, subject.name())
            .set(LOGIN_THROTTLE.FAILURES, 1)
            .set(LOGIN_THROTTLE.LAST_FAILURE_AT, now)
            .onConflict(LOGIN_THROTTLE.SUBJECT)
            .doUpdate()
            .set(
                LOGIN_THROTTLE.FAILURES,
                when(remembered(now), LOGIN_THROTTLE.FAILURES.plus(1)).otherwise(1))
            .set(LOGIN_THROTTLE.LAST_FAILURE_AT, now)
            .where(LOGIN_THROTTLE.BLOCKED_UNTIL.isNull().or(LOGIN_THROTTLE.BLOCKED_UNTIL.le(now)))
            .returning(LOGIN_THROTTLE.FAILURES)
            .fetchOptional(LOGIN_THROTTLE.FAILURES);
    if (counted.isEmpty()) {
      return blocked(tx, subject, now);
    }
    var wait = waitAfter(counted.get(), subject.free());
    if (!wait.isZero()) {
      tx.dsl()
          .update(LOGIN_THROTTLE)
          .set(LOGIN_THROTTLE.BLOCKED_UNTIL, now.plus(wait))
          .where(LOGIN_THROTTLE.SUBJECT.eq(subject.name()))
          .execute();
    }
    return Duration.ZERO;
  }

  private static Condition remembered(Instant now) {
    return LOGIN_THROTTLE.LAST_FAILURE_AT.gt(now.minus(MEMORY));
  }

  private static Duration blocked(Tx tx, Subject subject, Instant now) {
    var until =
        tx.dsl()
            .fetchValue(LOGIN_THROTTLE.BLOCKED_UNTIL, LOGIN_THROTTLE.SUBJECT.eq(subject.name()));
    return Duration.between(now, Objects.requireNonNullElse(until, now.plusMillis(1)));
  }

  static Duration waitAfter(int failures, int free) {
    if (failures <= free) {
      return Duration.ZERO;
    }
    var doublings = Math.min(failures - free - 1, 10);
    var wait = FIRST.multipliedBy(1L << doublings);
    return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
  }

  /** Forgets the tries of an account whose password was right. */
  static void forget(Tx tx, Subject account) {
    tx.dsl().deleteFrom(LOGIN_THROTTLE).where(LOGIN_THROTTLE.SUBJECT.eq(account.name())).execute();
  }

  /** Takes back the try of {@code now}, and the wait it began; other failures stay counted. */
  static void takeBack(Tx tx, Subject address, Instant now) {
    var ownWait = LOGIN_THROTTLE.LAST_FAILURE_AT.eq(now);
    tx.dsl()
        .update(LOGIN_THROTTLE)
        .set(LOGIN_THROTTLE.FAILURES, greatest(LOGIN_THROTTLE.FAILURES.minus(1), val(0)))
        .set(
            LOGIN_THROTTLE.BLOCKED_UNTIL,
            when(ownWait, val((Instant) null)).otherwise(LOGIN_THROTTLE.BLOCKED_UNTIL))
        .where(LOGIN_THROTTLE.SUBJECT.eq(address.name()))
        .execute();
  }

  /** Removes what is no longer remembered: housekeeping, nothing depends on it. */
  static void sweep(Tx tx, Instant now) {
    tx.dsl()
        .deleteFrom(LOGIN_THROTTLE)
        .where(LOGIN_THROTTLE.LAST_FAILURE_AT.le(now.minus(MEMORY)))
        .execute();
  }
}
