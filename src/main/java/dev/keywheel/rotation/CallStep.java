package dev.keywheel.rotation;

import dev.keywheel.run.Seat;

/** The next step after an attempt: the call's result, or another attempt. */
sealed interface CallStep extends AttemptRecorder.SettleResult
    permits CallResult, CallStep.SameKey, CallStep.ReplaceKey, CallStep.KeyChosen {

  record SameKey(int maxTokens) implements CallStep {}

  record ReplaceKey() implements CallStep {}

  /**
   * The operation holds another key than before, whose permit the call does not have; no attempt is
   * stored yet.
   *
   * @param replaced whether the key is a replacement, not a key that the operation gave up
   */
  record KeyChosen(Seat seat, boolean replaced)
      implements CallStep, AttemptDispatcher.BeginResult {}
}
