package dev.keywheel.recovery.store;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.limit.TestReason;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The test of one key within a batch.
 *
 * @param from the key's status when the test was requested
 * @param outcome null until the test ends
 * @param reason null until the test ends, for an active key, and for a test cancelled with its
 *     batch
 * @param limitedUntil end of the account's daily limit of free models, which remains after a passed
 *     check; null unless the key is limited for this reason only
 * @param evidence null until the test ends, and for a test that was not run; always null in the
 *     results for a waiting caller
 * @param latencyMs milliseconds of the last check; null for a test that was not run
 */
public record KeyTestResult(
    UUID keyId,
    String keyName,
    KeyStatus from,
    @Nullable TestOutcome outcome,
    @Nullable TestReason reason,
    @Nullable Instant limitedUntil,
    @Nullable Evidence evidence,
    @Nullable Integer latencyMs,
    @Nullable Instant endedAt) {
  private static final DateTimeFormatter DAY_AND_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

  /** Whether the test made an unusable key usable again. */
  public boolean recovered() {
    return outcome == TestOutcome.ACTIVE && from != KeyStatus.ACTIVE;
  }

  public KeyTestResult as(TestOutcome other, @Nullable TestReason why) {
    return new KeyTestResult(keyId, keyName, from, other, why, null, evidence, latencyMs, endedAt);
  }

  /** The same result, with the evidence of the call that led to this test before its own. */
  public KeyTestResult after(Evidence first) {
    var both = evidence == null ? first : first.then(evidence);
    return new KeyTestResult(
        keyId, keyName, from, outcome, reason, limitedUntil, both, latencyMs, endedAt);
  }

  /** The reason as text, without a full stop; empty without a reason. */
  public String sentence() {
    return sentence(reason, limitedUntil);
  }

  /** Like {@link #sentence()}, for the columns of a stored test. */
  public static String sentence(@Nullable TestReason reason, @Nullable Instant limitedUntil) {
    return limitedUntil != null
        ? "It passes the key check; its daily limit of free models ends at "
            + DAY_AND_TIME.format(limitedUntil)
        : reason == null ? "" : reason.sentence();
  }
}
