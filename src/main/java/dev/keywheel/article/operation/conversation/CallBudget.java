package dev.keywheel.article.operation.conversation;

/**
 * Limits the calls of one operation, so that a loop of paid calls ends. A call that cost nothing,
 * such as a call with a refused key, does not count.
 */
final class CallBudget {
  static final int MAX_CALLS = 6;
  static final int MAX_MODEL_CHANGES = 2;
  static final int MAX_CORRECTIONS = 1;
  static final int MAX_CONTINUATIONS = 2;

  private int calls;
  private int modelChanges;
  private int corrections;
  private int continuations;

  /** Counts a call. Returns false if the limit was already reached. */
  boolean countCall() {
    return calls++ < MAX_CALLS;
  }

  /** Removes the last call from the count; for a call that cost nothing. */
  void refundCall() {
    calls--;
  }

  boolean modelChangeLeft() {
    return modelChanges < MAX_MODEL_CHANGES;
  }

  /** Counts a change of the model, which {@link #modelChangeLeft} must have allowed. */
  void countModelChange() {
    modelChanges++;
  }

  /** Counts a correction. Returns false if the limit was already reached. */
  boolean countCorrection() {
    return corrections++ < MAX_CORRECTIONS;
  }

  boolean correctionLeft() {
    return corrections < MAX_CORRECTIONS && calls < MAX_CALLS;
  }

  /** Counts a continuation. Returns false if the limit was already reached. */
  boolean countContinuation() {
    return continuations++ < MAX_CONTINUATIONS;
  }
}
