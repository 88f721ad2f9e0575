package dev.keywheel.key.pool;

import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.CheckOutcome.Accepted;
import dev.keywheel.provider.CheckOutcome.Inconclusive;
import dev.keywheel.provider.CheckOutcome.Malformed;
import dev.keywheel.provider.CheckOutcome.Unauthorized;
import dev.keywheel.provider.KeyInfo;
import org.jspecify.annotations.Nullable;

/**
 * The results of a check that do not belong to the state of the key.
 *
 * @param latency in milliseconds; null for an inconclusive check
 * @param facts the provider's information about the key; null unless the key was accepted
 * @param account null if it is unknown or the key was not accepted
 * @param source {@code typed} by a user or {@code learnt} from the provider; null without an
 *     account
 */
record CheckFacts(
    @Nullable Integer latency,
    @Nullable KeyInfo facts,
    @Nullable String account,
    @Nullable String source) {

  static CheckFacts of(LockedKey lockedKey, CheckOutcome outcome) {
    return switch (outcome) {
      case Accepted accepted ->
          new CheckFacts(
              accepted.latencyMs(), accepted.facts(), lockedKey.account(), source(lockedKey));
      case Unauthorized refused -> new CheckFacts(refused.latencyMs(), null, null, null);
      case Malformed malformed -> new CheckFacts(malformed.latencyMs(), null, null, null);
      case Inconclusive _ -> new CheckFacts(null, null, null, null);
    };
  }

  boolean conclusive() {
    return latency != null;
  }

  private static @Nullable String source(LockedKey lockedKey) {
    return lockedKey.account() == null ? null : lockedKey.accountTyped() ? "typed" : "learnt";
  }
}
