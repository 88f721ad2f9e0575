package dev.keywheel.sandbox.content;

import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.SandboxOperation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Extracts the parts of a request's prompt: data in angle brackets, blocks and questions. */
final class PromptParser {

  private static final String ID = "@@([A-Za-z0-9][A-Za-z0-9_-]*)@@";

  /** A marker and the text up to the next marker. */
  private static final Pattern BLOCK = Pattern.compile(ID + "([\\s\\S]*?)(?=" + ID + "|\\z)");

  /** Labels of the topic, most specific first. */
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

  private PromptParser() {}

  /** A block of text that the request asks for. */
  record Block(String id, String heading, List<String> points) {}

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

  static Topic topic(ChatCall call) {
    for (var label : TOPIC_LABELS) {
      var found = data(call.task(), label);
      if (found.isPresent()) {
        return Topic.of(
            label.contains("itle") || label.equals("Page")
                ? beforeColon(found.get())
                : found.get());
      }
    }
    return Topic.of(call.operation() == SandboxOperation.IMAGE ? afterAbout(call.lastUser()) : "");
  }

  /** The topic in a title: the part before the question mark or colon. */
  private static String beforeColon(String title) {
    var end = title.indexOf('?') > 0 ? title.indexOf('?') : title.indexOf(':');
    return end > 0 ? title.substring(0, end) : title;
  }

  private static String afterAbout(String prompt) {
    var about = Pattern.compile("\\babout ([^.\\n]+)").matcher(prompt);
    return about.find() ? about.group(1) : prompt.lines().findFirst().orElse("");
  }

  static List<Block> blocks(String text) {
    var found = new LinkedHashMap<String, Block>();
    BLOCK
        .matcher(text)
        .results()
        .forEach(block -> found.putIfAbsent(block.group(1), block(block.group(1), block.group(2))));
    return List.copyOf(found.values());
  }

  /** The blocks named in the last message, as described in the first; all if none are named. */
  static List<Block> requested(ChatCall call) {
    var all = blocks(call.task().substring(call.system().length()));
    var named = call.messages().size() > 2 ? blocks(call.lastUser()) : List.<Block>of();
    var ids = named.stream().map(Block::id).toList();
    var requested = all.stream().filter(block -> ids.contains(block.id)).toList();
    return requested.isEmpty() ? all : requested;
  }

  /** The heading is the rest of the marker's line; its points are the list below. */
  private static Block block(String id, String text) {
    var lines = text.strip().lines().map(String::strip).toList();
    var heading = lines.isEmpty() ? "" : lines.getFirst().replaceAll("about \\d+ words", "");
    var points =
        lines.stream()
            .skip(1)
            .takeWhile(line -> line.matches("[-*•] .*"))
            .map(line -> plain(line.substring(2)))
            .toList();
    return new Block(id, plain(heading), points);
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
