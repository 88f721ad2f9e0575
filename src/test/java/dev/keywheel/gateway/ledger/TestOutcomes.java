package dev.keywheel.gateway.ledger;

import dev.keywheel.provider.Usage;
import java.time.Instant;
import java.util.UUID;

/** Outcomes of attempts for tests that do not depend on their values. */
public final class TestOutcomes {
  private TestOutcomes() {}

  /** The provider answered after a millisecond, for a key that is not stored. */
  public static AttemptOutcome answered(UUID attempt, Instant endedAt) {
    return new AttemptOutcome(
        attempt,
        attempt,
        GatewayAttemptState.OK,
        200,
        "answer",
        Usage.NONE,
        1,
        null,
        null,
        endedAt);
  }
}
