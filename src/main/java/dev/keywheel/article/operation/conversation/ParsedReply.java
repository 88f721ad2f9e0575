package dev.keywheel.article.operation.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has come of an operation so far.
 *
 * @param value what can be used of it; null when nothing can
 * @param errors what must be put right, as sentences for the model and the reader
 * @param warnings what is worth knowing and stops nothing
 * @param repairs what code has mended
 * @param cut whether the reply ended before its end
 * @param text the reply, as it goes back to the model with the next question
 */
public record ParsedReply<V>(
    @Nullable V value,
    List<String> errors,
    List<String> warnings,
    List<String> repairs,
    boolean cut,
    String text) {

  public ParsedReply {
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
    repairs = List.copyOf(repairs);
  }

  /** A reply that nothing can be made of. */
  public static <V> ParsedReply<V> useless(
      String text, boolean cut, List<String> repairs, String... errors) {
    return new ParsedReply<>(null, List.of(errors), List.of(), repairs, cut, text);
  }

  public boolean good() {
    return value != null && errors.isEmpty() && !cut;
  }

  /**
   * Usable before useless, then fewer errors, complete before cut, fewer warnings, longer. A tie
   * keeps the older one.
   */
  public boolean betterThan(ParsedReply<V> other) {
    if ((value == null) != (other.value == null)) {
      return value != null;
    }
    if (errors.size() != other.errors.size()) {
      return errors.size() < other.errors.size();
    }
    if (cut != other.cut) {
      return other.cut;
    }
    if (warnings.size() != other.warnings.size()) {
      return warnings.size() < other.warnings.size();
    }
    return text.length() > other.text.length();
  }
}
