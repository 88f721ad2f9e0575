package dev.keywheel.article.reply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

  /** What is tried and is none may be so many times as long as the reply, taken together. */
  private static final int MOST_TRIED = 8;

  /** The field that holds a list which came without an object around it. */
  public static final String BARE_LIST = "items";

  /** An object or a list of them that could be read, from where to where. */
  private record Found(JsonNode node, int start, int end, List<String> repairs, boolean complete) {}

  /**
   * Reads the object of a reply that has already been made {@link ReplyCleaner#visible}. Of several
   * that stand side by side the one with the most of the fields wanted is taken, of equals the
   * longest.
   *
   * @param wanted fields by which the right object is known; a list without an object around it is
   *     read as the field {@link #BARE_LIST} of one
   */
  public static JsonReply read(String visible, String... wanted) {
    var best =
        found(visible).stream()
            .flatMap(JsonReply::objects)
            .max(
                Comparator.comparingLong(
                        (Found f) -> Stream.of(wanted).filter(f.node()::has).count())
                    .thenComparingInt(f -> f.end() - f.start())
                    .thenComparingInt(f -> -f.start()));
    if (best.isEmpty()) {
      return new JsonReply(Optional.empty(), List.of(), true);
    }
    var repairs = new ArrayList<String>();
    if (best.get().start() > 0) {
      repairs.add(
          fenceBefore(visible, best.get().start())
              ? "taken out of a fence"
              : "taken out of surrounding text");
    }
    repairs.addAll(best.get().repairs());
    return new JsonReply(Optional.of(best.get().node()), repairs, best.get().complete());
  }

  /** Those that stand side by side; what is inside of one that can be read is a part of it. */
  private static List<Found> found(String text) {
    var found = new ArrayList<Found>();
    long tried = 0;
    int start = JsonRepair.start(text, 0);
    while (start >= 0 && tried <= (long) MOST_TRIED * text.length()) {
      var read = at(text, start);
      if (read != null) {
        found.add(read);
      } else {
        tried += text.length() - start;
      }
      start = JsonRepair.start(text, read == null ? start + 1 : read.end());
    }
    return found;
  }

  private static @Nullable Found at(String text, int start) {
    int end = JsonRepair.end(text, start);
    var balanced = end < 0 ? text.substring(start) : text.substring(start, end);
    var clean = end < 0 ? Optional.<JsonNode>empty() : parse(balanced);
    if (clean.isPresent()) {
      return new Found(clean.get(), start, end, List.of(), true);
    }
    int fence = fenceBefore(text, start) ? text.indexOf("\n```", start) : -1;
    var tail = fence < 0 ? text.substring(start) : text.substring(start, fence);
    return mended(tail, end < 0 ? tail : balanced, start);
  }

  private static @Nullable Found mended(String tail, String balanced, int start) {
    var repairs = new ArrayList<String>();
    var text = balanced;
    text = repair(text, "smart quotes used as delimiters", JsonRepair::straightQuotes, repairs);
    text = repair(text, "line breaks inside strings", JsonRepair::escapedBreaks, repairs);
    text = repair(text, "trailing commas", JsonRepair::withoutTrailingCommas, repairs);
    var parsed = parse(text);
    if (parsed.isPresent()) {
      return new Found(parsed.get(), start, start + balanced.length(), repairs, true);
    }
    // The balanced object may have ended too early because of a broken quote: take everything and
    // close it.
    var rest =
        JsonRepair.withoutTrailingCommas(JsonRepair.escapedBreaks(JsonRepair.straightQuotes(tail)));
    int end = JsonRepair.end(rest, 0);
    var whole = end < 0 ? JsonRepair.closed(rest) : rest.substring(0, end);
    parsed = parse(JsonRepair.withoutTrailingCommas(whole));
    if (end < 0 && parsed.isPresent()) {
      repairs.add("missing closing brackets");
    }
    int length = end < 0 ? tail.length() : Math.min(end, tail.length());
    return parsed.map(p -> new Found(p, start, start + length, repairs, end >= 0)).orElse(null);
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

  /** The object itself; of a list, the list as an object and each that is in it. */
  private static Stream<Found> objects(Found found) {
    if (found.node().isObject()) {
      return Stream.of(found);
    }
    var repairs = new ArrayList<>(found.repairs());
    repairs.add("a list without an object around it");
    var list = MAPPER.createObjectNode();
    list.set(BARE_LIST, found.node());
    var whole = new Found(list, found.start(), found.end(), repairs, found.complete());
    var each =
        found
            .node()
            .valueStream()
            .filter(JsonNode::isObject)
            .map(n -> new Found(n, found.start(), found.end(), repairs, found.complete()));
    return found.node().size() == 1 ? each : Stream.concat(Stream.of(whole), each);
  }

  /** Whether the line before this place opens a fence. */
  private static boolean fenceBefore(String text, int start) {
    var before = text.substring(Math.max(0, start - 40), start).stripTrailing();
    return before.matches("(?s)(?:.*\\n)?\\s*(?:`{3,}|~{3,})\\s*\\w*");
  }

  private static Optional<JsonNode> parse(String text) {
    try {
      var node = MAPPER.readTree(text);
      return node != null && node.isContainerNode() ? Optional.of(node) : Optional.empty();
    } catch (JsonProcessingException | StackOverflowError _) {
      return Optional.empty();
    }
  }
}
