package dev.keywheel.key;

import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.LimitClass;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Reach;
import java.time.Instant;

/**
 * Something that keeps a key from being used for a class of models. It does not end by the clock:
 * at {@code until} a check is due, and the check, or a call that succeeds, lifts it.
 *
 * @param limitClass the models it holds back
 * @param reach whether it is the key's own or its account's
 * @param reason a word of {@link KeyReason}
 * @param evidence what was seen
 * @param since when it was first seen
 */
public record Limit(
    LimitClass limitClass,
    Reach reach,
    String reason,
    Evidence evidence,
    Instant since,
    Instant until) {

  /** Whether a call of this class of models is held back. */
  public boolean holds(ModelClass models) {
    return switch (limitClass) {
      case ALL -> true;
      case FREE -> models == ModelClass.FREE;
      case PAID -> models == ModelClass.PAID;
    };
  }

  boolean sameAs(Limit other) {
    return limitClass == other.limitClass && reach == other.reach && reason.equals(other.reason);
  }

  Limit until(Instant due) {
    return new Limit(limitClass, reach, reason, evidence, since, due);
  }
}
