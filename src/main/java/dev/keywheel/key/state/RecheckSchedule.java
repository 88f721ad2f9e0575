package dev.keywheel.key.state;

import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.ResetTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Computes when the next check of a limited, failed or untested key is due. */
public final class RecheckSchedule {
  static final Duration FIRST_WAIT = Duration.ofSeconds(60);
  static final Duration MAX_WAIT = Duration.ofMinutes(15);
  private static final Duration MIN_FAILED_WAIT = Duration.ofMinutes(15);
  private static final Duration MAX_FAILED_WAIT = Duration.ofHours(24);
  private static final Duration MAX_UNTESTED_WAIT = Duration.ofHours(1);

  /** Interval of checks for limits that end when a user adds credit or raises a cap. */
  static final Duration CREDIT_INTERVAL = Duration.ofHours(1);

  private RecheckSchedule() {}

  /**
   * The next check of a limited key.
   *
   * @param providerEnd the end that the provider named, without an upper limit; null if it named
   *     none
   * @param step the number of times in a row that the limit was observed before
   */
  static Instant after(KeyReason reason, @Nullable Instant providerEnd, int step, Instant now) {
    if (providerEnd != null) {
      return providerEnd.isAfter(now) ? providerEnd : now;
    }
    return switch (reason) {
      case CREDITS, LOW_CREDIT, KEY_CAP, BUDGET -> now.plus(CREDIT_INTERVAL);
      case FREE_DAILY -> ResetTime.nextUtcMidnight(now);
      case FREE_MINUTE,
          RATE,
          IN_FLIGHT,
          INVALID,
          MANAGEMENT_KEY,
          EXPIRED,
          MALFORMED,
          CHECK_PASSED,
          ANSWERED,
          NOT_ITS_OWN,
          SWITCHED ->
          now.plus(backoff(step));
    };
  }

  /**
   * The next check of a failed key: after as long as the key has been failed, but at least 15
   * minutes and at most a day. A delay of up to a tenth of this time, different for each key,
   * spreads the checks of keys that failed together.
   */
  public static Instant ofFailed(UUID key, Instant failedSince, Instant now) {
    Duration failed = Duration.between(failedSince, now);
    Duration wait =
        failed.compareTo(MIN_FAILED_WAIT) < 0
            ? MIN_FAILED_WAIT
            : failed.compareTo(MAX_FAILED_WAIT) > 0 ? MAX_FAILED_WAIT : failed;
    long spread = wait.toMillis() / 1_000 * Math.floorMod(key.hashCode(), 100);
    return now.plus(wait).plusMillis(spread);
  }

  /**
   * The next check of a replaced secret whose test was inconclusive: after as long as it has been
   * untested, from a minute to an hour.
   */
  public static Instant ofUntested(Instant replaced, Instant now) {
    Duration untested = Duration.between(replaced, now);
    return now.plus(
        untested.compareTo(FIRST_WAIT) < 0
            ? FIRST_WAIT
            : untested.compareTo(MAX_UNTESTED_WAIT) > 0 ? MAX_UNTESTED_WAIT : untested);
  }

  /**
   * The next check after an inconclusive check; not before {@code earliest} unless that is null.
   */
  static Instant afterInconclusive(@Nullable Instant earliest, int step, Instant now) {
    Instant next = now.plus(backoff(step));
    return earliest != null && earliest.isAfter(next) ? earliest : next;
  }

  /** The wait before the next check: 60 s, doubled with each step up to 15 min. */
  static Duration backoff(int step) {
    Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(step, 10));
    return wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wait;
  }
}
