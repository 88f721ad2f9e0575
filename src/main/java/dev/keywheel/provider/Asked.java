package dev.keywheel.provider;

/**
 * What the meaning of an answer depends on besides the answer.
 *
 * @param model id of the model; empty for a key check
 * @param strictFormat whether the upstream was told to refuse when it cannot keep the format
 */
record Asked(Phase phase, String model, boolean strictFormat) {

  static Asked keyCheck() {
    return new Asked(Phase.KEY_CHECK, "", false);
  }

  static Asked chat(ChatRequest request) {
    return new Asked(
        Phase.CHAT, request.model(), request.format() instanceof ReplyFormat.JsonSchema);
  }

  static Asked image(ImageRequest request) {
    return new Asked(Phase.IMAGE, request.model(), false);
  }

  /**
   * The models held back when money is short: free ones too when even a free one was refused, since
   * a balance below zero blocks everything.
   */
  LimitClass shortOfMoney() {
    return ModelClass.of(model) == ModelClass.FREE ? LimitClass.ALL : LimitClass.PAID;
  }
}
