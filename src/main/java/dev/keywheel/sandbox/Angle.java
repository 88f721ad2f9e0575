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
 * @param advice a paragraph for each heading of the general text but the one with the criteria
 */
record Angle(
    String name,
    List<String> words,
    String tool,
    String thing,
    List<String> criteria,
    List<String> reasons,
    List<String> advice) {

  private static final int CRITERIA_HEADING = 1;
  private static final List<Angle> ALL = read(Resources.text("text/angles.txt"));

  /** The first one that has a word of the topic; the last one is for everything else. */
  static Angle of(Subject subject) {
    return ALL.stream()
        .filter(angle -> subject.mentions(angle.words))
        .findFirst()
        .orElse(ALL.getLast());
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
        List.copyOf(reasons),
        lines.stream().filter(l -> l.startsWith("p: ")).map(l -> l.substring(3).strip()).toList());
  }

  /**
   * The advice for the how manieth heading of the page, from 0; none for the one with the criteria.
   */
  Optional<String> adviceFor(int heading) {
    if (heading == CRITERIA_HEADING) {
      return Optional.empty();
    }
    var index = heading < CRITERIA_HEADING ? heading : heading - 1;
    return index < advice.size() ? Optional.of(advice.get(index)) : Optional.empty();
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
