package dev.keywheel.sandbox;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The text of one kind of page, as it is kept in a file: two sections of headings with points and
 * paragraphs, and questions with answers. {@link Slots} fills in the topic.
 */
record Bank(
    String summary,
    List<String> keywords,
    String image,
    List<Section> sections,
    List<Question> questions) {

  private static final Map<String, Bank> READ = new ConcurrentHashMap<>();

  record Section(String title, List<Aspect> aspects) {}

  record Aspect(String heading, List<String> points, List<String> paragraphs) {}

  record Question(String question, String answer) {}

  static Bank named(String name) {
    return READ.computeIfAbsent(name, n -> read(Resources.text("text/" + n + ".txt")));
  }

  Stream<Aspect> aspects() {
    return sections.stream().flatMap(section -> section.aspects.stream());
  }

  private static Bank read(String text) {
    var parts = text.split("(?m)^# ");
    var head = parts[0];
    var sections = new ArrayList<Section>();
    List<Question> questions = List.of();
    for (var part : Arrays.copyOfRange(parts, 1, parts.length)) {
      if (part.startsWith("faq")) {
        questions = questions(part);
      } else {
        sections.add(section(part));
      }
    }
    return new Bank(
        value(head, "summary: "),
        List.of(value(head, "keywords: ").split(", ")),
        value(head, "image: "),
        sections,
        questions);
  }

  private static Section section(String part) {
    var pieces = part.split("(?m)^## ");
    var title = pieces[0].substring(pieces[0].indexOf('|') + 1).strip();
    return new Section(title, Arrays.stream(pieces).skip(1).map(Bank::aspect).toList());
  }

  private static Aspect aspect(String piece) {
    var lines = piece.lines().toList();
    var points =
        lines.stream().filter(l -> l.startsWith("- ")).map(l -> l.substring(2).strip()).toList();
    var body = piece.substring(piece.indexOf("\n\n")).strip();
    return new Aspect(lines.getFirst().strip(), points, List.of(body.split("\n\n+")));
  }

  private static List<Question> questions(String part) {
    return Arrays.stream(part.split("(?m)^\\? "))
        .skip(1)
        .map(
            q ->
                new Question(
                    q.lines().findFirst().orElse("").strip(), q.substring(q.indexOf('\n')).strip()))
        .toList();
  }

  private static String value(String head, String label) {
    return head.lines()
        .filter(l -> l.startsWith(label))
        .findFirst()
        .orElseThrow()
        .substring(label.length())
        .strip();
  }
}
