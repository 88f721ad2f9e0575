package dev.keywheel.article.operation.conversation;

/** What was tried with the present model, for {@link FailurePolicy}. */
final class RetryState {
  private int maxTokens;
  private int transientErrors;
  private boolean sameModel;
  private boolean moreTokens;
  private boolean moderated;

  RetryState(int maxTokens) {
    this.maxTokens = maxTokens;
    this.moreTokens = maxTokens == 0;
  }

  int maxTokens() {
    return maxTokens;
  }

  FailurePolicy.Tried tried(boolean canWeaken, boolean waited) {
    return new FailurePolicy.Tried(
        transientErrors, sameModel, moreTokens, moderated, canWeaken, waited);
  }

  void answered() {
    transientErrors = 0;
  }

  void repeated() {
    transientErrors++;
    sameModel = true;
  }

  void doubled() {
    moreTokens = true;
    maxTokens *= 2;
  }

  void newModel(ModelFailure failure) {
    transientErrors = 0;
    sameModel = false;
    moderated |= failure == ModelFailure.MODERATED;
  }
}
