package dev.keywheel.sandbox.content;

import dev.keywheel.sandbox.base.Resources;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The text of one page: a head of {@code name: value} lines, two sections of headings with points
 * and paragraphs, and questions with answers. {@link Template} fills its slots.
 */
record ContentBank(Map<String, String> head, List<Section> sections, List<Question> questions) {

  /** All banks. A topic gets the first bank that matches it, and the last bank if none does. */
  static final List<ContentBank> ALL =
      Stream.of("house", "coffee", "pace", "laptop", "loan", "savings", "percent", "choice", "plan")
          .map(name -> read(Resources.text("text/" + name + ".txt")))
          .toList();

  record Section(String title, List<Aspect> aspects) {}

  record Aspect(String heading, List<String> points, List<String> paragraphs) {}

  record Question(String question, String answer) {}

  static ContentBank of(Topic topic) {
    return ALL.stream().filter(bank -> bank.matches(topic)).findFirst().orElse(ALL.getLast());
  }

  static List<String> suggestedTopics() {
    return ALL.stream().map(bank -> bank.value("suggested")).filter(t -> !t.isEmpty()).toList();
  }

  private boolean matches(Topic topic) {
    return value("keyword").equalsIgnoreCase(topic.text()) || topic.mentions(list("words"));
  }

  /** A value of the head; empty when the head has no such value. */
  String value(String name) {
    return head.getOrDefault(name, "");
  }

  /** The parts of a value, which are separated by {@code |}. */
  List<String> list(String name) {
    return Arrays.stream(value(name).split("\\|")).map(String::strip).toList();
  }

  Stream<Aspect> aspects() {
    return sections.stream().flatMap(section -> section.aspects.stream());
  }

  private static ContentBank read(String text) {
    var parts = text.split("(?m)^# ");
    var head = new LinkedHashMap<String, String>();
    parts[0]
        .lines()
        .filter(line -> line.contains(": "))
        .forEach(line -> head.put(line.split(": ", 2)[0], line.split(": ", 2)[1].strip()));
    return new ContentBank(head, List.of(section(parts[1]), section(parts[2])), faq(parts[3]));
  }

  private static Section section(String part) {
    var pieces = part.split("(?m)^## ");
    return new Section(
        pieces[0].strip(), Arrays.stream(pieces).skip(1).map(ContentBank::aspect).toList());
  }

  private static Aspect aspect(String piece) {
    var lines = piece.substring(0, piece.indexOf("\n\n")).lines().toList();
    var points = lines.stream().skip(1).map(line -> line.substring(2).strip()).toList();
    var body = piece.substring(piece.indexOf("\n\n")).strip();
    return new Aspect(lines.getFirst().strip(), points, List.of(body.split("\n\n+")));
  }

  private static List<Question> faq(String part) {
    return Arrays.stream(part.split("(?m)^\\? "))
        .skip(1)
        .map(entry -> entry.split("\n", 2))
        .map(entry -> new Question(entry[0].strip(), entry[1].strip().replaceAll("\\s+", " ")))
        .toList();
  }
}
