package dev.keywheel.article.operation.conversation;

/**
 * Limits the calls of one operation, so that a loop of paid calls ends. A call with a refused key
 * does not count, because the pool replaces the key.
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

  /** Counts a call. Returns false when the limit was reached before. */
  boolean call() {
    return calls++ < CALLS;
  }

  /** Does not count the last call, which reached no model and cost nothing. */
  void giveBack() {
    calls--;
  }

  boolean modelChange() {
    return modelChanges++ < MODEL_CHANGES;
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
