package dev.keywheel.article.operation.conversation;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Why an operation leaves a model or waits for it; the text completes "Model x ...". */
public enum ModelFailure {
  BUSY("is rate-limited upstream"),
  FAILING("failed at the provider repeatedly"),
  LATER("failed at the provider, which asks for a later retry"),
  TIMED_OUT("did not answer in time", Trait.SILENT),
  PROMPT_TOO_EXPENSIVE("is too expensive for this request"),
  TOO_EXPENSIVE("costs more than the keys can pay"),
  EMPTY("gave no answer", Trait.SILENT, Trait.KEY_SUSPECTED),
  ONLY_REASONING("gave no answer, only reasoning", Trait.SILENT),
  ONLY_TOOL_CALLS("gave no answer, only tool calls", Trait.SILENT),
  ONLY_IMAGE_LINK("gave no picture, only a link", Trait.SILENT),
  TOKENS_SPENT_ON_REASONING("spent all its tokens on reasoning", Trait.SILENT),
  NOT_OFFERED("is not offered now", Trait.GONE, Trait.KEY_SUSPECTED),
  TOO_BIG("gave an answer that is too large to read"),
  REFUSED("refused"),
  UPSTREAM_ACCOUNT("has a problem at its own provider", Trait.KEY_SUSPECTED),
  UNSUITABLE("cannot be used for this request", Trait.GONE, Trait.KEY_SUSPECTED),
  FORBIDDEN("is refused although the keys pass their check", Trait.GONE),
  UNSUPPORTED_REQUEST("does not accept this request"),
  MODERATED("refused the topic for its content"),
  WRONG_ENDPOINT("is served at another endpoint", Trait.GONE),
  REQUEST_TOO_LONG("has too small a context for this request"),
  REJECTED("rejected the request"),
  UNUSABLE_ANSWER("gave no usable answer"),
  ERRORS_LEFT("left errors"),
  UNUSABLE_IMAGE("gave no usable picture");

  private enum Trait {
    GONE,
    SILENT,
    KEY_SUSPECTED
  }

  private final String text;
  private final Set<Trait> traits;

  ModelFailure(String text, Trait... traits) {
    this.text = text;
    this.traits = Set.of(traits);
  }

  String text() {
    return text;
  }

  /** Whether the provider does not serve the model now. */
  public boolean gone() {
    return traits.contains(Trait.GONE);
  }

  /** Whether no usable answer came. A model with such a failure usually gives none later either. */
  public boolean silent() {
    return traits.contains(Trait.SILENT);
  }

  /** Whether the key's account could be the cause. */
  boolean keySuspected() {
    return traits.contains(Trait.KEY_SUSPECTED);
  }

  /** Why no model is left: this failure of {@code last}, and those of all models by name. */
  String noneLeft(String last, Map<String, ModelFailure> failures) {
    if (failures.size() > 1 && Set.copyOf(failures.values()).size() == 1) {
      var models = String.join(", ", failures.keySet());
      return "Each of " + failures.size() + " models " + text + ": " + models + ".";
    }
    return "Model %s %s, and no other model is left to try; add one in Settings → Models.%s"
        .formatted(last, text, others(failures, last));
  }

  /** The failures of the models, one sentence each. */
  static String each(Map<String, ModelFailure> failures) {
    return failures.entrySet().stream()
        .map(failed -> "Model " + failed.getKey() + " " + failed.getValue().text + ".")
        .collect(Collectors.joining(" "));
  }

  /** The failures of the other models: {@code Before: model a refused; model b is not offered.} */
  static String others(Map<String, ModelFailure> failures, String last) {
    var others =
        failures.entrySet().stream()
            .filter(failed -> !failed.getKey().equals(last))
            .map(failed -> "model " + failed.getKey() + " " + failed.getValue().text)
            .collect(Collectors.joining("; "));
    return others.isEmpty() ? "" : " Before: " + others + ".";
  }
}
