package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.LOGIN_THROTTLE;
import static org.jooq.impl.DSL.when;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;

/**
 * Slows guessing down.
 *
 * <p>Failures are counted for the account and for the address. From the fifth on (an address: the
 * twentieth, since people share one) each failure doubles a wait, up to {@link #LONGEST}. A wait is
 * not a lock: it ends by itself and the right password then works. Upside: nobody can shut a person
 * out for good; downside: they can for a quarter of an hour. Kept in the database, so that neither
 * a restart nor another node forgets.
 */
final class LoginThrottle {
  static final int FREE_FOR_ACCOUNT = 4;
  static final int FREE_FOR_ADDRESS = 19;
  static final Duration FIRST = Duration.ofSeconds(15);
  static final Duration LONGEST = Duration.ofMinutes(15);

  /** Failures older than this are forgotten. */
  static final Duration MEMORY = Duration.ofHours(12);

  private final Database db;

  LoginThrottle(Database db) {
    this.db = db;
  }

  static String account(String email) {
    return "account:" + email;
  }

  static String address(String address) {
    return "address:" + address;
  }

  /** How long until the next try may be made; zero when it may be made now. */
  Duration wait(Collection<String> subjects, Instant now) {
    return db.read(
        dsl ->
            dsl
                .select(LOGIN_THROTTLE.BLOCKED_UNTIL)
                .from(LOGIN_THROTTLE)
                .where(LOGIN_THROTTLE.SUBJECT.in(subjects))
                .and(LOGIN_THROTTLE.BLOCKED_UNTIL.gt(now))
                .fetch(LOGIN_THROTTLE.BLOCKED_UNTIL)
                .stream()
                .filter(Objects::nonNull)
                .map(until -> Duration.between(now, until))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO));
  }

  /** Counts one wrong password. */
  void failed(Tx tx, String subject, int free, Instant now) {
    var recent = LOGIN_THROTTLE.LAST_FAILURE_AT.gt(now.minus(MEMORY));
    var failures =
        tx.dsl()
            .insertInto(LOGIN_THROTTLE)
            .set(LOGIN_THROTTLE.SUBJECT, subject)
            .set(LOGIN_THROTTLE.FAILURES, 1)
            .set(LOGIN_THROTTLE.LAST_FAILURE_AT, now)
            .onConflict(LOGIN_THROTTLE.SUBJECT)
            .doUpdate()
            .set(
                LOGIN_THROTTLE.FAILURES, when(recent, LOGIN_THROTTLE.FAILURES.plus(1)).otherwise(1))
            .set(LOGIN_THROTTLE.LAST_FAILURE_AT, now)
            .returning(LOGIN_THROTTLE.FAILURES)
            .fetchSingle(LOGIN_THROTTLE.FAILURES);
    var wait = waitAfter(failures, free);
    if (!wait.isZero()) {
      tx.dsl()
          .update(LOGIN_THROTTLE)
          .set(LOGIN_THROTTLE.BLOCKED_UNTIL, now.plus(wait))
          .where(LOGIN_THROTTLE.SUBJECT.eq(subject))
          .execute();
    }
  }

  static Duration waitAfter(int failures, int free) {
    if (failures <= free) {
      return Duration.ZERO;
    }
    var doublings = Math.min(failures - free - 1, 10);
    var wait = FIRST.multipliedBy(1L << doublings);
    return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
  }

  /** Forgets the failures of an account whose password was right. */
  void succeeded(Tx tx, String subject) {
    tx.dsl().deleteFrom(LOGIN_THROTTLE).where(LOGIN_THROTTLE.SUBJECT.eq(subject)).execute();
  }
}
