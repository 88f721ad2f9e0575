package dev.keywheel.article.operation.conversation;

/**
 * Limits of one operation, against loops that cost money. Refused keys do not count: the pool
 * replaces them.
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

  /** Whether another call may be made; counts it. */
  boolean call() {
    return calls++ < CALLS;
  }

  /** The call reached no model and cost nothing. */
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
