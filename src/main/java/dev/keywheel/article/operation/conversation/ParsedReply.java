package dev.keywheel.article.operation.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of an operation so far, as parsed from its replies.
 *
 * @param value the usable part; null when there is none
 * @param errors what must be corrected, as sentences for the model and for users
 * @param warnings problems that need no correction, as sentences for users
 * @param repairs descriptions of the repairs that Keywheel made to the reply
 * @param cut whether the reply was truncated
 * @param text the reply, as sent back to the model with the next prompt
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

  /** A reply without a usable part. */
  public static <V> ParsedReply<V> useless(
      String text, boolean cut, List<String> repairs, String... errors) {
    return new ParsedReply<>(null, List.of(errors), List.of(), repairs, cut, text);
  }

  /** Whether the reply is complete and has no errors. */
  public boolean good() {
    return value != null && errors.isEmpty() && !cut;
  }

  /**
   * Compares usability, then the number of errors, completeness, the number of warnings and the
   * length. False in a tie.
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
