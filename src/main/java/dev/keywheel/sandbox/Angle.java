package dev.keywheel.sandbox;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The field of life a topic belongs to, by which it is compared.
 *
 * @param tool name of its scoring tool
 * @param thing what is rated, as in "rates {a possible trip} by five criteria"
 * @param criteria the most important first
 * @param reasons two or three sentences on each criterion, in the same order
 */
record Angle(
    String name,
    List<String> words,
    String tool,
    String thing,
    List<String> criteria,
    List<String> reasons) {

  private static final List<Angle> ALL = read(Resources.text("text/angles.txt"));

  /** The first one that has a word of the topic; the last one is for everything else. */
  static Angle of(Subject subject) {
    return ALL.stream()
        .filter(angle -> subject.mentions(angle.words))
        .findFirst()
        .orElse(ALL.getLast());
  }

  /** The one with these criteria. */
  static Optional<Angle> with(List<String> criteria) {
    return ALL.stream().filter(angle -> angle.criteria.equals(criteria)).findFirst();
  }

  /** The criterion as it stands in the middle of a sentence. */
  String inSentence(int index) {
    var criterion = criteria.get(index);
    return criterion.substring(0, 1).toLowerCase(Locale.ROOT) + criterion.substring(1);
  }

  private static List<Angle> read(String text) {
    return Arrays.stream(text.split("(?m)^# "))
        .filter(part -> !part.isBlank())
        .map(Angle::one)
        .toList();
  }

  private static Angle one(String part) {
    var lines = part.lines().filter(line -> !line.isBlank()).toList();
    var head = lines.getFirst().split("\\|", -1);
    var criteria = new ArrayList<String>();
    var reasons = new ArrayList<String>();
    for (var line : lines) {
      if (line.startsWith("c: ")) {
        var halves = line.substring(3).split("\\|");
        criteria.add(halves[0].strip());
        reasons.add(halves[1].strip());
      }
    }
    var words = head[1].isBlank() ? List.<String>of() : List.of(head[1].strip().split(" "));
    return new Angle(
        head[0].strip(),
        words,
        value(lines, "tool: "),
        value(lines, "thing: "),
        List.copyOf(criteria),
        List.copyOf(reasons));
  }

  private static String value(List<String> lines, String label) {
    return lines.stream()
        .filter(l -> l.startsWith(label))
        .findFirst()
        .orElseThrow()
        .substring(label.length())
        .strip();
  }
}
