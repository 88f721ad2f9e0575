package dev.keywheel.article.page;

import java.util.List;

/**
 * What can be measured of an article without judging it. The score speaks of form, not of truth.
 *
 * @param score 0 to 100: the sum of the groups
 * @param measures name and value, for a table
 * @param check numbers, names and dates of the text that a person should look up
 */
public record Quality(int score, List<Group> groups, List<Measure> measures, List<String> check) {

  /**
   * A group of checks.
   *
   * @param points reached, of {@code of}
   * @param notes what cost points, as sentences
   */
  public record Group(String name, int points, int of, List<String> notes) {}

  /** A measure in words: name and value. */
  public record Measure(String name, String value) {}
}
