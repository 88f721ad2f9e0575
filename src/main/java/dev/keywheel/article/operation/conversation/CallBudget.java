package dev.keywheel.article.operation.conversation;

/**
 * Limits the calls of one operation, so that a loop of paid calls ends. A call that cost nothing,
 * such as a call with a refused key, does not count.
 */
final class CallBudget {
  static final int CALLS = 6;
  static final int MODEL_CHANGES = 2;
  static final int CORRECTIONS = 1;
  static final int CONTINUATIONS = 2;

  private int calls;
  private int modelChanges;
  private int corrections;
  private int continuations;

  /** Counts a call. Returns false if the limit was already reached. */
  boolean call() {
    return calls++ < CALLS;
  }

  /** Removes the last call from the count; for a call that cost nothing. */
  void refundCall() {
    calls--;
  }

  boolean modelChangeLeft() {
    return modelChanges < MODEL_CHANGES;
  }

  void modelChange() {
    modelChanges++;
  }

  boolean correction() {
    return corrections++ < CORRECTIONS;
  }

  boolean correctionLeft() {
    return corrections < CORRECTIONS && calls < CALLS;
  }

  boolean continuation() {
    return continuations++ < CONTINUATIONS;
  }
}
