package dev.keywheel.secret.shape;

import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Secret;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Rules for text that looks like a provider key, so that the text is neither stored nor shown in
 * plain text. The search is linear in the length of the text, and finds keys with invisible
 * characters between the visible ones.
 */
public enum SecretShape {
  /** For names of keys, tags and models. */
  POSSIBLE(PossibleKeys::find, "Enter something else; keys belong in Add keys."),
  /** For text from other programs, which may contain hashes. */
  PREFIXED(
      text -> PossibleKeys.find(text).filter(KeyRange::known),
      "Enter something else; keys belong in Add keys."),
  /** For longer text, which may contain words with hyphens, hashes and addresses. */
  CERTAIN(
      CertainKeys::find, "Remove it, or shorten it if it is an example; keys belong in Add keys.");

  private final Function<String, Stream<KeyRange>> rule;
  private final String advice;

  SecretShape(Function<String, Stream<KeyRange>> rule, String advice) {
    this.rule = rule;
    this.advice = advice;
  }

  /**
   * A key and its position in the text.
   *
   * @param known whether the key starts with a known provider prefix
   */
  public record Found(int start, int end, String clear, boolean known) {
    /** An ellipsis and the last four characters, the only part that may be shown. */
    public String lastFour() {
      return "…" + Secret.of(VisibleText.of(clear).text()).lastFour();
    }

    @Override
    public String toString() {
      return lastFour();
    }
  }

  /** All keys in the text, in order. */
  public List<Found> find(String text) {
    var visible = VisibleText.of(text);
    var ranges = rule.apply(text);
    return KeyRange.merged(
            visible.isWhole()
                ? ranges
                : Stream.concat(ranges, rule.apply(visible.text()).map(visible::origin)))
        .stream()
        .map(
            key ->
                new Found(
                    key.start(), key.end(), text.substring(key.start(), key.end()), key.known()))
        .toList();
  }

  public boolean isIn(String text) {
    return !find(text).isEmpty();
  }

  /** The text with an ellipsis and the last four characters in place of each key. */
  public String masked(String text) {
    var masked = new StringBuilder();
    int from = 0;
    for (Found key : find(text)) {
      masked.append(text, from, key.start()).append(key.lastFour());
      from = key.end();
    }
    return masked.append(text, from, text.length()).toString();
  }

  /**
   * Refuses a text that contains a key.
   *
   * @throws Refused for the field
   */
  public void refuse(String field, String text) {
    refusal(field, text)
        .ifPresent(
            refused -> {
              throw refused;
            });
  }

  /**
   * Refuses a changed text that contains a key.
   *
   * @param stored the stored text, which is always accepted unchanged
   * @throws Refused for the field
   */
  public void refuse(String field, String text, String stored) {
    if (!text.equals(stored)) {
      refuse(field, text);
    }
  }

  /** What {@link #refuse(String, String)} throws for this text; empty if the text is allowed. */
  public Optional<Refused> refusal(String field, String text) {
    return find(text).stream().findFirst().map(key -> new Refused(field, key, this));
  }

  /** The refusal of a text that contains a key: no page may repeat the text unmasked. */
  public static final class Refused extends Rejected {
    private final SecretShape rule;

    private Refused(String field, Found key, SecretShape rule) {
      super(
          field,
          "This looks like a key (%s) and would be visible to everyone here. %s"
              .formatted(key.lastFour(), rule.advice));
      this.rule = rule;
    }

    /** The refused text with its keys masked. */
    public String shown(String text) {
      return rule.masked(text);
    }
  }
}
