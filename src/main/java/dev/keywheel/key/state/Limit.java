package dev.keywheel.key.state;

import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A reason why a key cannot be used for a class of models. It does not end automatically: at {@code
 * until} a check is due, and the check, or a call that succeeds, lifts the limit. An earlier check
 * also lifts it, unless the limit {@linkplain #outlasts outlasts} the check.
 *
 * @param limitClass the models that the limit applies to
 * @param reach the key or its account
 * @param since when the limit was first observed
 * @param named whether the provider named {@code until}; false for an estimate
 */
public record Limit(
    LimitClass limitClass,
    LimitScope reach,
    KeyReason reason,
    Evidence evidence,
    Instant since,
    Instant until,
    boolean named) {

  /** The limit for this class of models that ends last; null when no limit applies. */
  static @Nullable Limit last(List<Limit> limits, ModelClass models) {
    Limit last = null;
    for (Limit limit : limits) {
      if (limit.appliesTo(models) && (last == null || limit.until().isAfter(last.until()))) {
        last = limit;
      }
    }
    return last;
  }

  /** When the last limit of a class of models ends, for the class that can be served first. */
  static Optional<Instant> firstEnd(List<Limit> limits) {
    return Arrays.stream(ModelClass.values())
        .flatMap(models -> Stream.ofNullable(last(limits, models)))
        .map(Limit::until)
        .min(Comparator.naturalOrder());
  }

  boolean appliesTo(ModelClass models) {
    return switch (limitClass) {
      case ALL -> true;
      case FREE -> models == ModelClass.FREE;
      case PAID -> models == ModelClass.PAID;
    };
  }

  boolean isPerMinute() {
    return reason == KeyReason.FREE_MINUTE;
  }

  boolean isSameKind(Limit other) {
    return limitClass == other.limitClass && reach == other.reach && reason == other.reason;
  }

  /** Whether one answer of the provider caused both limits, even if they end at different times. */
  boolean isSameObservation(Limit other) {
    return isSameKind(other) && evidence.equals(other.evidence);
  }

  /** The same limit with an estimated end. */
  Limit withEstimatedEnd(Instant due) {
    return new Limit(limitClass, reach, reason, evidence, since, due, false);
  }

  /**
   * Whether this limit remains after a check that succeeds: the account's daily free calls are used
   * up until a time that the provider named, and the check shows no count of them, or a count of 0.
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
