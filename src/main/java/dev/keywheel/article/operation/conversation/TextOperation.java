package dev.keywheel.article.operation.conversation;

import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.provider.ChatMessage;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An operation that asks for text: its question, and how its answers are read. Pure.
 *
 * @param <V> what it gives
 */
public interface TextOperation<V> {
  Operation step();

  Prompt prompt();

  /** Reads the first reply to {@link #prompt}. */
  ParsedReply<V> read(String reply, boolean cut);

  /** The draft with the reply to {@link #rest} or {@link #correction} put into it. */
  ParsedReply<V> with(ParsedReply<V> parsedReply, String reply, boolean cut, Ask ask);

  /** The question that gets the rest of a cut draft. */
  String rest(ParsedReply<V> parsedReply);

  /** What of the draft goes before {@link #rest} as the model's own words. */
  default String tail(ParsedReply<V> parsedReply) {
    return parsedReply.text();
  }

  /**
   * The question that gets the errors put right; it asks only for the parts that are wrong where
   * the form allows it.
   */
  default String correction(ParsedReply<V> parsedReply) {
    return unusable(parsedReply.errors()) + "Send the complete corrected output only.";
  }

  /**
   * What another model is asked after the correction of a draft was no use; its answer is read as a
   * correction.
   */
  default List<ChatMessage> anew(ParsedReply<V> parsedReply) {
    return prompt().messages();
  }

  /**
   * Whether a draft whose errors could not be put right may stand in the page, and then what is
   * missing from it, or why not.
   */
  Remainder remainder(V value, List<String> errors);

  /** Why a reply was asked for. */
  enum Ask {
    REST,
    CORRECTION
  }

  /**
   * What is left of a draft with errors.
   *
   * @param usable whether it goes into the page
   * @param gap what the page lacks or has wrong, as sentences; empty when that is nothing
   */
  record Remainder(boolean usable, Optional<String> gap) {
    public static final Remainder COMPLETE = new Remainder(true, Optional.empty());
    public static final Remainder NOTHING = new Remainder(false, Optional.empty());

    /** With these lacks; complete when there is none. */
    public static Remainder lacking(List<ContentGap> lacks) {
      return lacks.isEmpty()
          ? COMPLETE
          : new Remainder(
              true,
              Optional.of(lacks.stream().map(ContentGap::text).collect(Collectors.joining(" "))));
    }
  }

  /** The sentence that begins every correction, with the errors numbered. */
  static String unusable(List<String> errors) {
    var sentence = new StringBuilder("Your reply cannot be used:");
    for (int i = 0; i < Math.min(errors.size(), 12); i++) {
      sentence.append(' ').append(i + 1).append(") ").append(errors.get(i));
    }
    return sentence.append("\n").toString();
  }
}
