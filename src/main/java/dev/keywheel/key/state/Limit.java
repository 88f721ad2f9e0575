package dev.keywheel.key.state;

import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that keeps a key from being used for a class of models. It does not end by the clock:
 * at {@code until} a check is due, and the check, or a call that succeeds, lifts it. A check before
 * that time lifts it too, unless {@link #outlasts} says otherwise.
 *
 * @param limitClass the models it applies to
 * @param reach the key or its account
 * @param since when it was first observed
 * @param named whether the provider named {@code until}; false for our estimate
 */
public record Limit(
    LimitClass limitClass,
    LimitScope reach,
    KeyReason reason,
    Evidence evidence,
    Instant since,
    Instant until,
    boolean named) {

  /** The limit for such models that ends last; null when none holds. */
  static @Nullable Limit last(List<Limit> limits, ModelClass models) {
    Limit last = null;
    for (Limit limit : limits) {
      if (limit.holds(models) && (last == null || limit.until().isAfter(last.until()))) {
        last = limit;
      }
    }
    return last;
  }

  /** Whether it applies to this class of models. */
  boolean holds(ModelClass models) {
    return switch (limitClass) {
      case ALL -> true;
      case FREE -> models == ModelClass.FREE;
      case PAID -> models == ModelClass.PAID;
    };
  }

  /** Whether it is the limit of free requests per minute. */
  boolean ofMinute() {
    return reason == KeyReason.FREE_MINUTE;
  }

  boolean sameAs(Limit other) {
    return limitClass == other.limitClass && reach == other.reach && reason == other.reason;
  }

  /** The same limit with an estimated end. */
  Limit until(Instant due) {
    return new Limit(limitClass, reach, reason, evidence, since, due, false);
  }

  /**
   * Whether this limit remains after a check that succeeds: the account's daily free calls are used
   * up until a time that the provider named, and the check does not show them, or shows none left.
   * Otherwise the key would be used and refused all day.
   */
  boolean outlasts(KeyInfo facts, Instant now) {
    Integer left = facts.freeDailyRemaining();
    return named
        && reason == KeyReason.FREE_DAILY
        && until.isAfter(now)
        && (left == null || left <= 0);
  }
}
