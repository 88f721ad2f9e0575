package dev.keywheel.sandbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds in the messages of a request what its prompt put there: data in angle brackets, blocks,
 * lists.
 */
final class Asked {

  private static final Pattern MARKER = Pattern.compile("@@([A-Za-z0-9][A-Za-z0-9_-]*)@@");
  private static final Pattern WORDS =
      Pattern.compile("(\\d{2,5})\\s*(?:to|–|-)?\\s*(\\d{2,5})?\\s*words");

  /** Labels before the topic, from the most to the least telling. */
  private static final List<String> TOPIC_LABELS =
      List.of(
          "Topic",
          "Main keyword",
          "Primary keyword",
          "Keyword",
          "Page",
          "Page title",
          "Title of the page",
          "Title");

  private Asked() {}

  /** A block to be written: its id, what the request says of it. */
  record Block(String id, String heading, List<String> points, int words) {}

  /** The data after a label: {@code Label: <<<data>>>}, or the rest of the line. */
  static Optional<String> data(String text, String label) {
    var quoted =
        Pattern.compile("(?m)^\\s*" + Pattern.quote(label) + "[^\\n<]*:\\s*<<<([\\s\\S]*?)>>>")
            .matcher(text);
    if (quoted.find()) {
      return Optional.of(quoted.group(1).strip()).filter(value -> !value.isEmpty());
    }
    var plain =
        Pattern.compile("(?m)^\\s*" + Pattern.quote(label) + "\\s*:[ \\t]*(.+)$").matcher(text);
    return plain.find() ? Optional.of(plain.group(1).strip()) : Optional.empty();
  }

  static Subject subject(ChatCall call) {
    for (var label : TOPIC_LABELS) {
      var found = data(call.task(), label);
      if (found.isPresent()) {
        return Subject.of(
            label.contains("itle") || label.equals("Page")
                ? beforeColon(found.get())
                : found.get());
      }
    }
    return Subject.of(call.operation() == Operation.IMAGE ? afterAbout(call.lastUser()) : "");
  }

  /** The topic's part of a title that the sandbox made. */
  private static String beforeColon(String title) {
    var end = title.indexOf('?') > 0 ? title.indexOf('?') : title.indexOf(':');
    return end > 0 ? title.substring(0, end) : title;
  }

  private static String afterAbout(String prompt) {
    var about = Pattern.compile("\\babout ([^.\\n]+)").matcher(prompt);
    return about.find() ? about.group(1) : prompt.lines().findFirst().orElse("");
  }

  /**
   * The blocks of a request, in order; what an earlier message says of them counts where a later
   * one says nothing.
   */
  static List<Block> blocks(String text) {
    var found = new LinkedHashMap<String, Block>();
    var markers = MARKER.matcher(text);
    var starts = new ArrayList<int[]>();
    while (markers.find()) {
      starts.add(new int[] {markers.start(), markers.end()});
    }
    for (var i = 0; i < starts.size(); i++) {
      var id = text.substring(starts.get(i)[0] + 2, starts.get(i)[1] - 2);
      var end = i + 1 < starts.size() ? starts.get(i + 1)[0] : text.length();
      found.putIfAbsent(id, block(id, text.substring(starts.get(i)[1], end)));
    }
    return List.copyOf(found.values());
  }

  /** Only the blocks that the last message names, with what the first one says of them. */
  static List<Block> wanted(ChatCall call) {
    var all = blocks(call.task().substring(call.system().length()));
    var byId = new LinkedHashMap<String, Block>();
    all.forEach(block -> byId.put(block.id, block));
    var last = call.messages().size() > 2 ? blocks(call.lastUser()) : List.<Block>of();
    var known =
        last.stream()
            .filter(block -> byId.containsKey(block.id))
            .map(block -> byId.get(block.id))
            .toList();
    return known.isEmpty() ? all : known;
  }

  private static Block block(String id, String text) {
    var lines = text.strip().lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    var heading = "";
    var points = new ArrayList<String>();
    for (var line : lines) {
      if (line.matches("[-*•] .*")) {
        points.add(plain(line.substring(2)));
      } else if (line.matches("(?i)points?:.*")) {
        for (var point : line.substring(line.indexOf(':') + 1).split(";")) {
          points.add(plain(point));
        }
      } else if (heading.isEmpty()) {
        heading =
            plain(
                line.replaceAll(
                    "(?i)\\(?(?:about |~|around )?\\d+\\s*(?:to|–|-)?\\s*\\d*\\s*words\\)?", ""));
      } else {
        break;
      }
    }
    points.removeIf(String::isEmpty);
    return new Block(id, heading, List.copyOf(points), words(text, 0));
  }

  /** The number of words asked for; the mean of a range. */
  static int words(String text, int otherwise) {
    var words = WORDS.matcher(text);
    if (!words.find()) {
      return otherwise;
    }
    var first = Integer.parseInt(words.group(1));
    return words.group(2) == null ? first : (first + Integer.parseInt(words.group(2))) / 2;
  }

  private static String plain(String line) {
    return line.replaceAll("<<<|>>>", "")
        .replaceAll("^[\\s:#*\"“–—-]+", "")
        .replaceAll("[\\s:*\"”,–—-]+$", "")
        .strip();
  }

  /** Questions of the FAQ by id, in order. */
  static Map<String, String> questions(String text) {
    var found = new LinkedHashMap<String, String>();
    var lines =
        Pattern.compile("(?m)^\\s*[-*]?\\s*\\(?\"?(q\\d+)\"?\\)?\\s*[:.)–-]*\\s*(.+)$")
            .matcher(text);
    while (lines.find()) {
      found.putIfAbsent(lines.group(1), plain(lines.group(2)));
    }
    return found;
  }
}
