package dev.keywheel.rotation;

/** The next step after an attempt: the call's result, or another attempt. */
sealed interface CallStep extends AttemptRecorder.SettleResult
    permits CallResult, CallStep.SameKey, CallStep.ReplaceKey, CallStep.KeyChosen {

  record SameKey(int maxTokens) implements CallStep {}

  record ReplaceKey() implements CallStep {}

  /** A replacement was assigned before the call; nothing has been sent. */
  record KeyChosen() implements CallStep {}
}
