package dev.keywheel.article.reply;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The JSON object of a reply: found between prose and fences, with common mistakes repaired.
 *
 * @param object absent when none could be read
 * @param repairs names of the repairs; empty for a clean reply
 * @param complete false when the end was missing and was added
 */
public record JsonReply(Optional<JsonNode> object, List<String> repairs, boolean complete) {
  private static final Map<JsonReadFeature, String> REPAIRS =
      new EnumMap<>(
          Map.of(
              JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS, "line breaks inside strings",
              JsonReadFeature.ALLOW_TRAILING_COMMA, "trailing commas",
              JsonReadFeature.ALLOW_JAVA_COMMENTS, "comments",
              JsonReadFeature.ALLOW_SINGLE_QUOTES, "single quotes",
              JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER, "unknown escapes"));
  private static final ObjectReader STRICT = new JsonMapper().reader();
  private static final ObjectReader LENIENT =
      STRICT.withFeatures(REPAIRS.keySet().toArray(JsonReadFeature[]::new));

  /**
   * The start of an object, or of a list of objects or texts, perhaps with a comment in it. In
   * prose, no quote or closing brace follows an opening brace.
   */
  private static final Pattern START =
      Pattern.compile(
          "\\{S[\"'}Q]|\\[S[\\{\"'Q]"
              .replace("S", "(?:\\s|//.{0,200}+\\n|/\\*(?s:.{0,200}?)\\*/)*+")
              .replace("Q", JsonRepair.SMART_QUOTES));

  /** Maximum number of characters read in failed attempts, as a multiple of the reply's length. */
  private static final int MAX_TRIED = 8;

  /** The field for a list that had no object around it. */
  public static final String BARE_LIST = "items";

  private static final String BARE = "a list without an object around it";
  private static final String WRAPPED = "an object around the requested one";

  private record Value(JsonNode node, int end) {}

  /** An object or a list, and its place in the reply. */
  private record Candidate(
      JsonNode node, int start, int end, List<String> repairs, boolean complete) {}

  /**
   * @param fields number of wanted fields, counted once because an object may have many
   */
  private record Ranked(Candidate found, long fields) {}

  /**
   * Reads the object of a reply after {@link ReplyCleaner#visible}. Of several objects, it takes
   * the one with the most {@code wanted} fields, then the longest; this may be a field of another
   * object. A list without an object around it becomes the field {@link #BARE_LIST} of an object.
   */
  public static JsonReply read(String visible, String... wanted) {
    if (visible.startsWith("\"{")) {
      var inside = JsonRepair.text(LENIENT, visible);
      if (inside.isPresent()) {
        return read(inside.get(), wanted);
      }
    }
    var best =
        found(visible).stream()
            .flatMap(JsonReply::objects)
            .map(f -> new Ranked(f, count(f.node(), wanted)))
            .max(
                Comparator.comparingLong(Ranked::fields)
                    .thenComparingInt(r -> r.found().end() - r.found().start())
                    .thenComparingInt(r -> -r.found().start()))
            .map(Ranked::found);
    if (best.isEmpty()) {
      return new JsonReply(Optional.empty(), List.of(), true);
    }
    var repairs = new ArrayList<String>();
    if (best.get().start() > 0) {
      repairs.add(
          fenceBefore(visible, best.get().start())
              ? "extracted from a code fence"
              : "extracted from surrounding text");
    }
    repairs.addAll(best.get().repairs());
    return new JsonReply(Optional.of(best.get().node()), repairs, best.get().complete());
  }

  private static long count(JsonNode node, String... wanted) {
    return Stream.of(wanted).filter(name -> JsonFields.has(node, name)).count();
  }

  /** The top-level values of the text, without nested ones. */
  private static List<Candidate> found(String text) {
    var found = new ArrayList<Candidate>();
    char[] chars = text.toCharArray();
    long tried = 0;
    Matcher start = START.matcher(text);
    for (int from = 0; start.find(from) && tried <= (long) MAX_TRIED * chars.length; ) {
      Candidate read = at(text, chars, start.start());
      if (read == null) {
        tried += chars.length - start.start();
        from = start.start() + 1;
      } else {
        found.add(read);
        from = read.end();
      }
    }
    return found;
  }

  private static @Nullable Candidate at(String text, char[] chars, int start) {
    Value clean = read(STRICT, chars, start);
    if (clean != null) {
      return new Candidate(clean.node(), start, clean.end(), List.of(), true);
    }
    int fence = fenceBefore(text, start) ? text.indexOf("\n```", start) : -1;
    String tail = text.substring(start, fence < 0 ? chars.length : fence);
    var repairs = new ArrayList<String>();
    String escaped = JsonRepair.withoutUnknownEscapes(tail);
    int added = escaped.length() - tail.length();
    if (added > 0) {
      repairs.add(REPAIRS.get(JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER));
      tail = escaped;
    }
    String straight = JsonRepair.straightQuotes(tail);
    if (read(LENIENT, tail) == null && !straight.equals(tail)) {
      repairs.add("smart quotes used as delimiters");
      tail = straight;
    }
    boolean complete = true;
    Value read = read(LENIENT, tail);
    for (String closed : read == null ? JsonRepair.closed(LENIENT, tail) : List.<String>of()) {
      if (read == null) {
        read = read(LENIENT, closed);
        tail = closed;
        complete = false;
      }
    }
    if (read == null) {
      return null;
    }
    for (var repair : REPAIRS.entrySet()) {
      if (!repairs.contains(repair.getValue())
          && read(LENIENT.without(repair.getKey()), tail) == null) {
        repairs.add(repair.getValue());
      }
    }
    if (!complete) {
      repairs.add("missing closing brackets");
    }
    int end =
        complete ? Math.clamp(start + read.end() - added, start + 1, chars.length) : chars.length;
    return new Candidate(read.node(), start, end, repairs, complete);
  }

  /**
   * The object itself, or an object with the list itself, and each object directly in it. A list of
   * one object is only a wrapper.
   */
  private static Stream<Candidate> objects(Candidate found) {
    var list = found.node().isArray();
    var repaired =
        Stream.concat(found.repairs().stream(), Stream.of(list ? BARE : WRAPPED)).toList();
    var each =
        found
            .node()
            .valueStream()
            .filter(JsonNode::isObject)
            .map(n -> new Candidate(n, found.start(), found.end(), repaired, found.complete()));
    if (!list) {
      return Stream.concat(Stream.of(found), each);
    }
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.set(BARE_LIST, found.node());
    var whole = new Candidate(object, found.start(), found.end(), repaired, found.complete());
    return found.node().size() == 1 ? each : Stream.concat(Stream.of(whole), each);
  }

  /** Whether the line before this place opens a fence. */
  private static boolean fenceBefore(String text, int start) {
    var before = text.substring(Math.max(0, start - 40), start).stripTrailing();
    return before.matches("(?s)(?:.*\\n)?\\s*(?:`{3,}|~{3,})\\s*\\w*");
  }

  private static @Nullable Value read(ObjectReader reader, String text) {
    return read(reader, text.toCharArray(), 0);
  }

  private static @Nullable Value read(ObjectReader reader, char[] text, int start) {
    try (JsonParser json = reader.createParser(text, start, text.length - start)) {
      JsonNode node = reader.readTree(json);
      int end = start + (int) json.currentLocation().getCharOffset();
      return node != null && node.isContainerNode() ? new Value(node, end) : null;
    } catch (IOException e) {
      return null;
    }
  }
}
