package dev.keywheel.article.reply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The JSON object of a reply: found between prose and fences, and mended where models are known to
 * slip.
 *
 * @param object the object, absent when none could be read
 * @param repairs what had to be mended, in order; empty for a clean reply
 * @param complete false when the end was missing and was added
 */
public record JsonReply(Optional<JsonNode> object, List<String> repairs, boolean complete) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Reads the first object of a reply that has already been made {@link Reply#visible}. */
  public static JsonReply read(String visible) {
    var repairs = new ArrayList<String>();
    var text = unwrapped(visible, repairs);
    int start = text.indexOf('{');
    if (start < 0) {
      return new JsonReply(Optional.empty(), repairs, true);
    }
    int end = JsonText.end(text, start);
    var candidate = end < 0 ? text.substring(start) : text.substring(start, end);
    var clean = parse(candidate);
    if (clean.isPresent()) {
      return new JsonReply(clean, repairs, true);
    }
    return mended(text.substring(start), candidate, repairs);
  }

  private static JsonReply mended(String tail, String balanced, List<String> repairs) {
    var text = balanced;
    text = repair(text, "smart quotes used as delimiters", JsonText::straightQuotes, repairs);
    text = repair(text, "line breaks inside strings", JsonText::escapedBreaks, repairs);
    text = repair(text, "trailing commas", JsonText::withoutTrailingCommas, repairs);
    var parsed = parse(text);
    if (parsed.isPresent()) {
      return new JsonReply(parsed, repairs, true);
    }
    // The balanced object may have ended too early because of a broken quote: take everything and
    // close it.
    var rest =
        JsonText.withoutTrailingCommas(JsonText.escapedBreaks(JsonText.straightQuotes(tail)));
    int end = JsonText.end(rest, 0);
    var whole = end < 0 ? JsonText.closed(rest) : rest.substring(0, end);
    parsed = parse(JsonText.withoutTrailingCommas(whole));
    if (end < 0 && parsed.isPresent()) {
      repairs.add("missing closing brackets");
    }
    return new JsonReply(parsed, repairs, end >= 0);
  }

  private static String repair(
      String text, String name, UnaryOperator<String> by, List<String> repairs) {
    if (parse(text).isPresent()) {
      return text;
    }
    var mended = by.apply(text);
    if (!mended.equals(text)) {
      repairs.add(name);
    }
    return mended;
  }

  private static String unwrapped(String visible, List<String> repairs) {
    if (visible.startsWith("{")) {
      return visible;
    }
    var fence = Fence.first(visible, "json");
    if (fence.isPresent() && fence.get().body().contains("{")) {
      repairs.add("taken out of a fence");
      return fence.get().body();
    }
    if (visible.contains("{")) {
      repairs.add("taken out of surrounding text");
    }
    return visible;
  }

  private static Optional<JsonNode> parse(String text) {
    try {
      var node = MAPPER.readTree(text);
      return node != null && node.isObject() ? Optional.of(node) : Optional.empty();
    } catch (JsonProcessingException | StackOverflowError _) {
      return Optional.empty();
    }
  }
}
