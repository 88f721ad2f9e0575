package dev.keywheel.recovery.store;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.provider.Evidence;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The test of one key within a batch.
 *
 * @param from the key's status when it was asked for
 * @param outcome null while its answer is awaited
 * @param reason why the key has that outcome; null when it is simply active, or not yet known
 * @param evidence what was seen; null before that, and in what an asker gets
 * @param latencyMs of the last check of the key; null when none was answered
 */
public record KeyTestResult(
    UUID keyId,
    String keyName,
    KeyStatus from,
    @Nullable TestOutcome outcome,
    @Nullable String reason,
    @Nullable Evidence evidence,
    @Nullable Integer latencyMs,
    @Nullable Instant endedAt) {

  /**
   * Begins the reason of a key that passed its check and stays limited until the time that follows:
   * the end of its day of free models, which the check does not show.
   */
  public static final String DAY_RUNS = "day_runs_until:";

  /** When the daily limit ends that is all that holds the key back; null in any other case. */
  public @Nullable Instant dayEnds() {
    return reason == null ? null : dayEnds(reason);
  }

  static @Nullable Instant dayEnds(String reason) {
    return reason.startsWith(DAY_RUNS) ? Instant.parse(reason.substring(DAY_RUNS.length())) : null;
  }

  /** Whether the test made an unusable key usable again. */
  public boolean recovered() {
    return outcome == TestOutcome.ACTIVE && from != KeyStatus.ACTIVE;
  }

  public KeyTestResult as(TestOutcome other, @Nullable String why) {
    return new KeyTestResult(keyId, keyName, from, other, why, evidence, latencyMs, endedAt);
  }

  /** With what was seen before that. */
  public KeyTestResult after(Evidence first) {
    var both = evidence == null ? first : first.then(evidence);
    return new KeyTestResult(keyId, keyName, from, outcome, reason, both, latencyMs, endedAt);
  }

  /** The reason in words, without a full stop; empty when there is none to give. */
  public String sentence() {
    return reason == null ? "" : sentence(reason);
  }

  /** The sentence of a reason's word, without a full stop. */
  public static String sentence(String reason) {
    return BatchLog.sentence(reason);
  }

  public boolean waiting() {
    return outcome == null;
  }
}
