package dev.keywheel.article.page;

import java.util.List;

/**
 * What can be measured of an article without judging it. The score speaks of form, not of truth.
 *
 * @param score 0 to 100: the sum of the groups
 * @param measures name and value, for a table
 * @param check numbers, names and dates of the text that a person should look up
 */
public record Quality(int score, List<Group> groups, List<Measure> measures, List<Check> check) {

  /**
   * A group of checks.
   *
   * @param points reached, of {@code of}
   * @param notes what cost points, as sentences
   */
  public record Group(String name, int points, int of, List<String> notes) {}

  /**
   * A sentence with something to look up.
   *
   * @param where the heading that it stands under
   * @param anchor of that place in the page
   * @param sentence cut when it is long
   */
  public record Check(String where, String anchor, String sentence) {}

  /** A measure in words: name and value. */
  public record Measure(String name, String value) {}
}
