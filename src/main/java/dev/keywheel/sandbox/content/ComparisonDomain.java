package dev.keywheel.sandbox.content;

import dev.keywheel.sandbox.base.Resources;
import java.util.Arrays;
import java.util.List;

/**
 * The domain of a topic, with the five criteria by which its options are compared. A domain without
 * criteria only determines the shapes of a cover.
 *
 * @param thing the object that is rated, as in "rates {a possible trip}"
 * @param criteria the most important first
 * @param reasons explanation of each criterion, in the same order
 */
record ComparisonDomain(
    String name,
    List<String> words,
    String tool,
    String thing,
    List<String> criteria,
    List<String> reasons) {

  private static final List<ComparisonDomain> ALL =
      Arrays.stream(Resources.text("text/domains.txt").strip().split("\n\n+"))
          .map(ComparisonDomain::read)
          .toList();

  /** The first domain with a word of the topic, otherwise the last, for all other topics. */
  static ComparisonDomain of(Topic topic) {
    return ALL.stream()
        .filter(domain -> topic.mentions(domain.words))
        .findFirst()
        .orElse(ALL.getLast());
  }

  /** The domain whose criteria rate the options of this topic. */
  static ComparisonDomain rating(Topic topic) {
    var domain = of(topic);
    return domain.criteria.isEmpty() ? ALL.getLast() : domain;
  }

  /** Parses name and words, tool and thing, then one line for each criterion with its reason. */
  private static ComparisonDomain read(String part) {
    var lines = part.lines().map(line -> line.split(" \\| ", 2)).toList();
    if (lines.size() == 1) {
      return new ComparisonDomain(
          lines.get(0)[0], List.of(lines.get(0)[1].split(" ")), "", "", List.of(), List.of());
    }
    var rated = lines.subList(2, lines.size());
    return new ComparisonDomain(
        lines.get(0)[0],
        List.of(lines.get(0)[1].split(" ")),
        lines.get(1)[0],
        lines.get(1)[1],
        rated.stream().map(line -> line[0]).toList(),
        rated.stream().map(line -> line[1]).toList());
  }
}
