package dev.keywheel.key.state;

import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.ResetTime;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** When the check of a limited key is due. The provider's own time counts uncapped. */
final class RecheckSchedule {
  static final Duration FIRST = Duration.ofSeconds(60);
  static final Duration LONGEST = Duration.ofMinutes(15);

  /** For what ends by paying or by editing a cap: nothing tells when. */
  static final Duration MONEY = Duration.ofHours(1);

  private RecheckSchedule() {}

  /** {@code step} is how often in a row it has come before, {@code own} the provider's own time. */
  static Instant after(KeyReason reason, @Nullable Instant own, int step, Instant now) {
    if (own != null) {
      return own.isAfter(now) ? own : now;
    }
    return switch (reason) {
      case CREDITS, LOW_CREDIT, KEY_CAP, BUDGET -> now.plus(MONEY);
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

  /** The next try of a check that could not be made. */
  static Instant again(@Nullable Instant asked, int step, Instant now) {
    Instant next = now.plus(backoff(step));
    return asked != null && asked.isAfter(next) ? asked : next;
  }

  /** 60 s, doubling to 15 min. */
  static Duration backoff(int step) {
    Duration wait = FIRST.multipliedBy(1L << Math.min(step, 10));
    return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
  }
}
