package dev.keywheel.key.state;

import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import java.time.Instant;

/**
 * Something that keeps a key from being used for a class of models. It does not end by the clock:
 * at {@code until} a check is due, and the check, or a call that succeeds, lifts it. A check before
 * that time lifts it too, unless {@link #outlasts} says otherwise.
 *
 * @param limitClass the models it holds back
 * @param reach whether it is the key's own or its account's
 * @param evidence what was seen
 * @param since when it was first seen
 * @param named whether {@code until} is the provider's own word; false for a guess of ours
 */
public record Limit(
    LimitClass limitClass,
    LimitScope reach,
    KeyReason reason,
    Evidence evidence,
    Instant since,
    Instant until,
    boolean named) {

  /** Whether a call of this class of models is held back. */
  public boolean holds(ModelClass models) {
    return switch (limitClass) {
      case ALL -> true;
      case FREE -> models == ModelClass.FREE;
      case PAID -> models == ModelClass.PAID;
    };
  }

  /** Whether it is the free requests of one minute that are used up. */
  boolean ofMinute() {
    return reason == KeyReason.FREE_MINUTE;
  }

  boolean sameAs(Limit other) {
    return limitClass == other.limitClass && reach == other.reach && reason == other.reason;
  }

  /** With another time, which is ours. */
  Limit until(Instant due) {
    return new Limit(limitClass, reach, reason, evidence, since, due, false);
  }

  /**
   * Whether a check that succeeds leaves it: the account's day of free models is used up until a
   * time that the provider named, and the check shows nothing of it, or that nothing is left.
   * Lifting it would send the key back all day, to be refused each time.
   */
  boolean outlasts(KeyInfo facts, Instant now) {
    Integer left = facts.freeDailyRemaining();
    return named
        && reason == KeyReason.FREE_DAILY
        && until.isAfter(now)
        && (left == null || left <= 0);
  }
}
