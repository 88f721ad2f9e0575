package dev.keywheel.article.reply;

import dev.keywheel.article.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A reply in blocks, each beginning with a line {@code @@id@@}.
 *
 * @param texts text of each block found, in the requested order
 * @param last id of the block in which the reply ended, or empty; in a cut reply only this block is
 *     incomplete
 * @param repeated ids of blocks that occurred more than once; the longest text is kept
 * @param ignored ids of unexpected blocks, whose text is dropped; an empty id for text before the
 *     first block
 * @param repairs names of the repairs
 */
public record Blocks(
    Map<String, String> texts,
    String last,
    List<String> repeated,
    List<String> ignored,
    List<String> repairs) {
  private static final Pattern MARKER =
      Pattern.compile(
          "^(?:<\\w+>|[\\s>*#_`-])*+@@\\s*([A-Za-z0-9][A-Za-z0-9_-]*)\\s*@*(?:</\\w+>|[*_`:\\s])*(.*)$");
  private static final Pattern HEADING =
      Pattern.compile(
          "^\\s*(?:#{1,6}\\s+(.+?)|\\*\\*(.+?)\\*\\*:?|<h[1-6][^>]*>(.+?)</h[1-6]>)\\s*#*\\s*$");

  private static final String UNFENCED = "extracted from a code fence";

  /**
   * Finds the blocks of a reply after {@link ReplyCleaner#visible}.
   *
   * @param titles the heading of each expected block by its id, in order; may be empty. A reply
   *     without markers is split at these headings; a heading repeated at the start of its block is
   *     removed
   */
  public static Blocks read(String visible, Map<String, String> titles) {
    var repairs = new ArrayList<String>();
    boolean marked = firstMarker(visible).isPresent();
    var text = marked ? withoutFences(visible, repairs) : unfenced(visible, repairs);
    if (!marked) {
      repairs.add("blocks found by their headings");
    }
    var found = new LinkedHashMap<String, List<StringBuilder>>();
    String current = "";
    var block = new StringBuilder();
    for (var line : text.split("\n", -1)) {
      var start = start(line, titles, marked);
      if (start != null) {
        current = start.id();
        block = new StringBuilder(start.rest());
        found.computeIfAbsent(current, _ -> new ArrayList<>()).add(block);
      } else if (!current.isEmpty()) {
        block.append('\n').append(line);
      } else if (!line.isBlank()) {
        found.putIfAbsent("", List.of());
      }
    }
    return collected(found, current, titles, repairs);
  }

  /** The first line that begins a block. The text of a single block must not have such a line. */
  public static Optional<String> firstMarker(String text) {
    return text.lines().filter(Blocks::isMarker).findFirst();
  }

  private record Start(String id, String rest) {}

  private static @org.jspecify.annotations.Nullable Start start(
      String line, Map<String, String> titles, boolean marked) {
    if (marked) {
      var marker = MARKER.matcher(line);
      return marker.matches()
          ? new Start(marker.group(1).toLowerCase(Locale.ROOT), marker.group(2))
          : null;
    }
    var heading = HEADING.matcher(line);
    if (!heading.matches()) {
      return null;
    }
    var words = words(heading);
    return titles.entrySet().stream()
        .filter(e -> !e.getValue().isEmpty() && Tokenizer.similarity(e.getValue(), words) >= 0.6)
        .findFirst()
        .map(e -> new Start(e.getKey(), ""))
        .orElse(null);
  }

  private static Blocks collected(
      Map<String, List<StringBuilder>> found,
      String last,
      Map<String, String> titles,
      List<String> repairs) {
    var texts = new LinkedHashMap<String, String>();
    var repeated = new ArrayList<String>();
    for (var id : titles.keySet()) {
      var versions = found.get(id);
      if (versions == null) {
        continue;
      }
      if (versions.size() > 1) {
        repeated.add(id);
      }
      var longest =
          versions.stream()
              .map(v -> body(v.toString(), titles.getOrDefault(id, ""), repairs))
              .max((a, b) -> a.length() - b.length());
      longest.filter(t -> !t.isBlank()).ifPresent(t -> texts.put(id, t));
    }
    var ignored = found.keySet().stream().filter(id -> !titles.containsKey(id)).toList();
    return new Blocks(texts, last, repeated, ignored, repairs);
  }

  /** The text of a block without its heading, because the page adds the heading. */
  private static String body(String text, String title, List<String> repairs) {
    var stripped = text.strip();
    int end = stripped.indexOf('\n');
    var first = end < 0 ? stripped : stripped.substring(0, end);
    var heading = HEADING.matcher(first);
    var words = heading.matches() ? words(heading) : first;
    boolean isTitle =
        !title.isEmpty()
            && (Tokenizer.similarity(title, words) >= 0.8 || title.equalsIgnoreCase(words.strip()));
    if (isTitle && (heading.matches() || words.length() < title.length() + 10)) {
      repairs.add("heading repeated in its block");
      return end < 0 ? "" : stripped.substring(end).strip();
    }
    return stripped;
  }

  /** The words of a matched heading, from the group of the form that matched. */
  private static String words(Matcher heading) {
    return IntStream.rangeClosed(1, heading.groupCount())
        .mapToObj(heading::group)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse("");
  }

  /** The text inside the code fence around the whole reply. */
  private static String unfenced(String visible, List<String> repairs) {
    if (!visible.startsWith("```") && !visible.startsWith("~~~")) {
      return visible;
    }
    var fence = CodeFence.first(visible, "markdown", "md", "text", "html");
    boolean whole = visible.endsWith(visible.substring(0, 3)) && CodeFence.all(visible).size() == 1;
    if (fence.isEmpty() || !whole) {
      return visible;
    }
    repairs.add(UNFENCED);
    return fence.get().body();
  }

  /** Removes the fences around blocks, and the text after them; code in a block stays. */
  private static String withoutFences(String visible, List<String> repairs) {
    var lines = List.of(visible.split("\n", -1));
    var kept = new ArrayList<String>();
    boolean begun = false;
    boolean fenced = false;
    boolean after = false;
    var code = "";
    for (int i = 0; i < lines.size(); i++) {
      var line = lines.get(i).strip();
      var mark = CodeFence.mark(line);
      if (isMarker(line)) {
        begun = true;
        after = false;
        code = "";
      } else if (!code.isEmpty()) {
        code = CodeFence.closes(line, code) ? "" : code;
      } else if (!mark.isEmpty() && (!begun || markerFollows(lines, i))) {
        fenced = true;
        continue;
      } else if (fenced && !mark.isEmpty() && line.equals(mark) && !fenceFollows(lines, i)) {
        after = true;
      } else {
        code = mark;
      }
      if (!after) {
        kept.add(lines.get(i));
      }
    }
    if (fenced) {
      repairs.add(UNFENCED);
    }
    return String.join("\n", kept);
  }

  private static boolean isMarker(String line) {
    return MARKER.matcher(line).matches();
  }

  private static boolean markerFollows(List<String> lines, int i) {
    return lines.subList(i + 1, lines.size()).stream()
        .filter(line -> !line.isBlank())
        .findFirst()
        .filter(Blocks::isMarker)
        .isPresent();
  }

  /** Whether another fence follows in the same block. */
  private static boolean fenceFollows(List<String> lines, int i) {
    return lines.subList(i + 1, lines.size()).stream()
        .takeWhile(line -> !isMarker(line))
        .anyMatch(line -> !CodeFence.mark(line.strip()).isEmpty());
  }
}
