package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.CallFailure;
import dev.keywheel.run.Attempt;

/** The result of one call through the pool, after refused keys were replaced. */
public sealed interface CallResult extends CallStep, AttemptDispatcher.BeginResult
    permits Halt,
        CallResult.Answered,
        CallResult.Failed,
        CallResult.OutOfCalls,
        CallResult.OutOfTime {

  /** The model answered; the operation decides whether the answer is usable. */
  record Answered(Answer answer, Attempt attempt) implements CallResult {}

  /** The call failed; the operation keeps the key. */
  record Failed(CallFailure failure, Attempt attempt) implements CallResult {}

  /** The operation has made {@link CallContext#MAX_CALLS} calls, refused keys included. */
  record OutOfCalls(int calls) implements CallResult {}

  /** The operation's deadline has passed. */
  record OutOfTime() implements CallResult {}
}
