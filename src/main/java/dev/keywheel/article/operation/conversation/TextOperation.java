package dev.keywheel.article.operation.conversation;

import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.provider.ChatMessage;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An operation that requests text: its prompts, and how its replies are parsed. Pure.
 *
 * @param <V> the parsed value of a reply
 */
public interface TextOperation<V> {
  Operation step();

  Prompt prompt();

  /** Parses the first reply to {@link #prompt}. */
  ParsedReply<V> read(String reply, boolean cut);

  /** The reply so far, updated by the reply to {@link #rest} or {@link #correction}. */
  ParsedReply<V> with(ParsedReply<V> parsedReply, String reply, boolean cut, Ask ask);

  /** The prompt for the rest of a truncated reply. */
  String rest(ParsedReply<V> parsedReply);

  /** The end of the reply that is sent before {@link #rest} as the model's own message. */
  default String tail(ParsedReply<V> parsedReply) {
    return parsedReply.text();
  }

  /** The prompt for a correction. Asks for the wrong parts only, where the format allows that. */
  default String correction(ParsedReply<V> parsedReply) {
    return unusable(parsedReply.errors()) + "Send the complete corrected output only.";
  }

  /**
   * The messages for another model after a failed correction; its reply is parsed as a correction.
   */
  default List<ChatMessage> forAnotherModel(ParsedReply<V> parsedReply) {
    return prompt().messages();
  }

  /** Whether a reply with errors can be published, and what the page then lacks. */
  Remainder remainder(V value, List<String> errors);

  /** Whether a reply is better than another one; false in a tie. */
  default boolean better(ParsedReply<V> parsedReply, ParsedReply<V> other) {
    return parsedReply.betterThan(other);
  }

  /** Why a reply was requested. */
  enum Ask {
    REST,
    CORRECTION
  }

  /**
   * The part of a reply with errors that can be published.
   *
   * @param usable whether anything can be published
   * @param gap what is missing or wrong on the page, as sentences; empty if nothing is
   */
  record Remainder(boolean usable, Optional<String> gap) {
    public static final Remainder COMPLETE = new Remainder(true, Optional.empty());
    public static final Remainder NOTHING = new Remainder(false, Optional.empty());

    /** A result with these gaps; complete if the list is empty. */
    public static Remainder withGaps(List<ContentGap> gaps) {
      return gaps.isEmpty()
          ? COMPLETE
          : new Remainder(
              true,
              Optional.of(gaps.stream().map(ContentGap::text).collect(Collectors.joining(" "))));
    }
  }

  /** The beginning of each correction request, with at most 12 numbered errors. */
  static String unusable(List<String> errors) {
    var sentence = new StringBuilder("Your reply cannot be used:");
    for (int i = 0; i < Math.min(errors.size(), 12); i++) {
      sentence.append(' ').append(i + 1).append(") ").append(errors.get(i));
    }
    return sentence.append("\n").toString();
  }
}
