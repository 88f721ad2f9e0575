package dev.keywheel.key.state;

import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.limit.InconclusiveReason;

/** The outcome of a key's check, before it is applied to the key. */
public record KeyCheckResult(KeyToTest key, CheckOutcome outcome) {

  /** The same check with an inconclusive outcome, for a provider that refuses every key. */
  public KeyCheckResult inconclusive() {
    return new KeyCheckResult(
        key,
        new CheckOutcome.Inconclusive(
            InconclusiveReason.EVERY_KEY_REFUSED, null, outcome.evidence(), outcome.latencyMs()));
  }

  /** Whether the check reports that the account's free calls of the day are used up. */
  public boolean freeDayUsedUp() {
    return outcome instanceof CheckOutcome.Accepted accepted && accepted.facts().freeDayUsedUp();
  }
}
