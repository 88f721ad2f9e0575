package dev.keywheel.key.state;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** When the check of a limited key is due. The provider's own time counts uncapped. */
final class RecheckSchedule {
  static final Duration FIRST = Duration.ofSeconds(60);
  static final Duration LONGEST = Duration.ofMinutes(15);

  /** For what ends by paying or by editing a cap: nothing tells when. */
  static final Duration MONEY = Duration.ofHours(1);

  private RecheckSchedule() {}

  /** {@code step} is how often in a row it has come before, {@code own} the provider's own time. */
  static Instant after(String reason, @Nullable Instant own, int step, Instant now) {
    if (own != null) {
      return own.isAfter(now) ? own : now;
    }
    return switch (reason) {
      case KeyReason.CREDITS, KeyReason.LOW_CREDIT, KeyReason.KEY_CAP, KeyReason.BUDGET ->
          now.plus(MONEY);
      case KeyReason.FREE_DAILY -> nextUtcMidnight(now);
      default -> now.plus(backoff(step));
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

  private static Instant nextUtcMidnight(Instant now) {
    return now.atZone(ZoneOffset.UTC).truncatedTo(ChronoUnit.DAYS).plusDays(1).toInstant();
  }
}
