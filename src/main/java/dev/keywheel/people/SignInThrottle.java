package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.LOGIN_THROTTLE;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.or;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.net.IpAddress;
import dev.keywheel.people.identity.SecretTokens;
import dev.keywheel.people.identity.SessionId;
import dev.keywheel.problem.RateLimited;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Slows down the guessing of passwords and codes.
 *
 * <p>An attempt is counted before its password is hashed, so concurrent attempts cannot exceed the
 * limit. A browser that has signed in to the account before has its own counter, so wrong passwords
 * from elsewhere do not make it wait. All other browsers share three counters: for the account from
 * their network, for the account from all unknown browsers, and for their network.
 *
 * <p>The fifth failure starts a wait, which each further failure doubles, up to {@link
 * #LONGEST_WAIT}. For the account from all unknown browsers, and for a network, the twentieth
 * failure starts it. After the wait, the correct password is accepted. The counters are in the
 * database, so they survive a restart and apply to all nodes.
 */
public final class SignInThrottle {
  static final int FREE_ATTEMPTS = 4;
  static final int FREE_SHARED_ATTEMPTS = 19;
  static final Duration FIRST_WAIT = Duration.ofSeconds(15);
  static final Duration LONGEST_WAIT = Duration.ofMinutes(15);

  /**
   * Tolerated difference between the clocks of nodes. A wait that ends later than {@link
   * #LONGEST_WAIT} plus this time from now was stored before the clock was set back, and is
   * ignored.
   */
  private static final Duration TOLERANCE = Duration.ofMinutes(1);

  /** Time after the last failure at which all failures are forgotten. */
  static final Duration MEMORY = Duration.ofHours(12);

  private SignInThrottle() {}

  /**
   * What attempts are counted for: an account, a network, a browser or a session.
   *
   * @param free number of attempts without a wait
   */
  public record Subject(String kind, String value, int free) {
    /** Sign-ins from a browser that the account knows, identified by its token. */
    static Subject browser(String token) {
      return new Subject("browser", hex(SecretTokens.hash(token)), FREE_ATTEMPTS);
    }

    public static Subject session(SessionId id) {
      return new Subject("session", hex(id.hash()), FREE_ATTEMPTS);
    }

    /** Second-factor codes for an account, from all unknown browsers with the right password. */
    public static Subject code(UUID user) {
      return new Subject("code", user.toString(), FREE_ATTEMPTS);
    }

    /** Second-factor codes from a browser that the account knows, identified by its token. */
    public static Subject codeFrom(String token) {
      return new Subject("code-browser", hex(SecretTokens.hash(token)), FREE_ATTEMPTS);
    }

    static Subject accountFrom(String email, String address) {
      return new Subject(
          "account-from", IpAddress.network(address) + " " + hashed(email), FREE_ATTEMPTS);
    }

    /** Sign-ins to an account from all unknown browsers together. */
    static Subject account(String email) {
      return new Subject("account", hashed(email), FREE_SHARED_ATTEMPTS);
    }

    public static Subject address(String address) {
      return new Subject("address", IpAddress.network(address), FREE_SHARED_ATTEMPTS);
    }

    /** The hash to store, since users also type passwords and keys into the email field. */
    private static String hashed(String email) {
      return hex(SecretTokens.hash(email));
    }

    private static String hex(byte[] hash) {
      return HexFormat.of().formatHex(hash);
    }

    String name() {
      return kind + ":" + value;
    }
  }

  /**
   * Counts an attempt before it is checked, so that concurrent attempts cannot exceed the limit.
   *
   * @param field the form field of the error message; null if it belongs to no field
   * @param what the plural noun for the attempts in the error message, such as passwords
   * @throws RateLimited with the time to wait
   */
  public static void count(
      Database db, @Nullable String field, String what, List<Subject> subjects, Instant now) {
    db.runTx(
        tx -> {
          for (var subject : subjects) {
            var wait = attempt(tx, subject, now);
            if (!wait.isZero()) {
              throw new RateLimited(
                  field, "Too many wrong " + what + ". Try again in " + waitText(wait) + ".", wait);
            }
          }
        });
  }

  private static String waitText(Duration wait) {
    var seconds = Math.max(1, wait.plusMillis(999).toSeconds());
    if (seconds < 60) {
      return seconds == 1 ? "1 second" : seconds + " seconds";
    }
    var minutes = (seconds + 59) / 60;
    return minutes == 1 ? "1 minute" : minutes + " minutes";
  }

  /**
   * Counts an attempt as failed, if the subject may try now. Locks the subject's row until the
   * transaction ends. To avoid deadlocks, callers lock subjects in the order {@code accountFrom},
   * {@code account}, {@code address}.
   *
   * @return time until the next allowed attempt; zero if this attempt was counted
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
            .where(mayTry(now))
            .returning(LOGIN_THROTTLE.FAILURES)
            .fetchOptional(LOGIN_THROTTLE.FAILURES);
    if (counted.isEmpty()) {
      return remainingWait(tx, subject, now);
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

  /**
   * Whether there is no wait, or one that has ended or was stored before the clock was set back.
   */
  private static Condition mayTry(Instant now) {
    return or(
        LOGIN_THROTTLE.BLOCKED_UNTIL.isNull(),
        LOGIN_THROTTLE.BLOCKED_UNTIL.le(now),
        LOGIN_THROTTLE.BLOCKED_UNTIL.gt(now.plus(LONGEST_WAIT).plus(TOLERANCE)));
  }

  private static Condition remembered(Instant now) {
    return LOGIN_THROTTLE.LAST_FAILURE_AT.gt(now.minus(MEMORY));
  }

  private static Duration remainingWait(Tx tx, Subject subject, Instant now) {
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
    var wait = FIRST_WAIT.multipliedBy(1L << doublings);
    return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
  }

  /** Removes the failures of a subject after a correct password or code. */
  public static void forget(Tx tx, Subject subject) {
    tx.dsl().deleteFrom(LOGIN_THROTTLE).where(LOGIN_THROTTLE.SUBJECT.eq(subject.name())).execute();
  }

  /** Removes the failure of {@code now} and the wait that it started; other failures remain. */
  public static void withdrawFailure(Tx tx, Subject subject, Instant now) {
    var ownWait = LOGIN_THROTTLE.LAST_FAILURE_AT.eq(now);
    tx.dsl()
        .update(LOGIN_THROTTLE)
        .set(LOGIN_THROTTLE.FAILURES, greatest(LOGIN_THROTTLE.FAILURES.minus(1), val(0)))
        .set(
            LOGIN_THROTTLE.BLOCKED_UNTIL,
            when(ownWait, val((Instant) null)).otherwise(LOGIN_THROTTLE.BLOCKED_UNTIL))
        .where(LOGIN_THROTTLE.SUBJECT.eq(subject.name()))
        .execute();
  }

  /** Withdraws the attempt of {@code now}, which could not be checked. */
  public static void withdraw(Database db, Subject subject, Instant now) {
    db.runTx(tx -> withdrawFailure(tx, subject, now));
  }

  /** Removes expired rows. This only saves space: expired failures never count. */
  static void sweep(Tx tx, Instant now) {
    tx.dsl()
        .deleteFrom(LOGIN_THROTTLE)
        .where(LOGIN_THROTTLE.LAST_FAILURE_AT.le(now.minus(MEMORY)))
        .execute();
  }
}
