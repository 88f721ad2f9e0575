package dev.keywheel.rotation;

/** The next step after an attempt: the call's result, or another attempt. */
sealed interface CallStep extends AttemptRecorder.Settled
    permits CallResult, CallStep.SameKey, CallStep.ReplaceKey, CallStep.KeyChosen {

  /** Another attempt with the same key. */
  record SameKey(int maxTokens) implements CallStep {}

  /** Another attempt with the next key. */
  record ReplaceKey() implements CallStep {}

  /** A replacement was assigned before the call; nothing has been sent. */
  record KeyChosen() implements CallStep {}
}
