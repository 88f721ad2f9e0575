package dev.keywheel.key.search;

import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.TestReason;
import dev.keywheel.run.KeyUse;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One key with its state and history.
 *
 * @param assignments the number of times that the rotation has assigned the key
 * @param nextCheck when the key is checked again automatically; null when it is not
 * @param evidence the evidence of the shown status; null for an active or disabled key
 * @param facts the facts from the last successful test; null without such a test
 * @param accountTyped whether a user entered the account
 * @param siblings the number of other keys of the same account, or {@code MAX_SIBLINGS + 1} if
 *     there are more than {@link KeyHistory#MAX_SIBLINGS}
 * @param exclusions the models for which the key is or was excluded
 */
public record KeyDetail(
    ApiKey key,
    long assignments,
    @Nullable Instant nextCheck,
    @Nullable Evidence evidence,
    @Nullable KeyInfo facts,
    boolean accountTyped,
    int siblings,
    List<KeyModels.Exclusion> exclusions,
    List<Change> changes,
    List<Test> tests,
    List<KeyUse> uses) {

  /**
   * One change of the key.
   *
   * @param reason what has held the key back since then, or why it is usable again; null for other
   *     changes
   * @param oldValue the name, account or masked secret before an edit, or the removed tag
   * @param newValue the value after the edit, the added tag, or the model of a deep test
   */
  public record Change(
      long id,
      Instant at,
      String kind,
      @Nullable KeyStatus from,
      @Nullable KeyStatus to,
      @Nullable KeyReason reason,
      @Nullable String oldValue,
      @Nullable String newValue,
      @Nullable Evidence evidence,
      String actor,
      @Nullable UUID runId,
      @Nullable UUID recoveryId) {}

  /**
   * One test. {@code result} is the code of a status, {@code unknown} or {@code cancelled}.
   *
   * @param limitedUntil the end of the daily limit that outlasts a passed check; null without one
   * @param model the model of a deep test; null for the free key check
   * @param tokens the tokens of a deep test; null while unknown
   * @param cost the cost of a deep test in US dollars
   * @param evidence null without an answer
   */
  public record Test(
      Instant at,
      String result,
      @Nullable TestReason reason,
      @Nullable Instant limitedUntil,
      @Nullable Integer latencyMs,
      UUID recoveryId,
      @Nullable String model,
      @Nullable Integer tokens,
      @Nullable BigDecimal cost,
      @Nullable Evidence evidence) {}
}
