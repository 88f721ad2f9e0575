package dev.keywheel.article.operation.conversation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What was tried with the current model, and how long the operation has waited for models. */
final class RetryState {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

  private final Duration maxWait;
  private int maxTokens;
  private int repetitions;
  private boolean repeated;
  private boolean noMoreTokens;
  private boolean moderated;
  private int waits;
  private Duration waited = Duration.ZERO;

  /**
   * @param maxWait maximum total wait for busy models
   * @param maxTokens limit of completion tokens for a call; 0: the model decides
   */
  RetryState(Duration maxWait, int maxTokens) {
    this.maxWait = maxWait;
    this.maxTokens = maxTokens;
    this.noMoreTokens = maxTokens == 0;
  }

  int maxTokens() {
    return maxTokens;
  }

  FailurePolicy.RetryHistory history(boolean canWeaken, boolean otherModel) {
    return new FailurePolicy.RetryHistory(
        repetitions, repeated, noMoreTokens, moderated, canWeaken, otherModel, hasWaited());
  }

  void recordAnswer() {
    repetitions = 0;
  }

  void recordRepetition() {
    repetitions++;
    repeated = true;
  }

  void doubleTokens() {
    noMoreTokens = true;
    maxTokens *= 2;
  }

  void newModel(ModelFailure failure) {
    repetitions = 0;
    repeated = false;
    moderated |= failure == ModelFailure.MODERATED;
  }

  boolean hasWaited() {
    return waits > 0;
  }

  /** The pause before a busy model is called again; it doubles with each wait, up to 30 seconds. */
  Duration pause() {
    Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(waits, 10));
    return doubled.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : doubled;
  }

  /** Counts a wait. Returns false, without counting, when the wait would exceed {@code maxWait}. */
  boolean countWait(Duration wait) {
    if (waited.plus(wait).compareTo(maxWait) > 0) {
      return false;
    }
    waits++;
    waited = waited.plus(wait);
    return true;
  }

  /** The longer of the two times; {@code asked} is null if the provider named none. */
  static Duration longer(Duration ours, @Nullable Duration asked) {
    return asked != null && asked.compareTo(ours) > 0 ? asked : ours;
  }
}
