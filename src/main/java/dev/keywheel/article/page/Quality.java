package dev.keywheel.article.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.article.text.TextCleaner;
import java.util.List;
import java.util.UUID;

/**
 * The score and the measures of an article, computed by fixed rules. They rate form, not truth.
 *
 * @param score 0 to 100: the sum of the groups' points
 * @param measures name and value, for a table
 * @param check numbers, names and dates that a user should verify
 */
public record Quality(int score, List<Group> groups, List<Measure> measures, List<Check> check) {

  /**
   * A group of checks.
   *
   * @param points points reached, at most {@code of}
   * @param notes why points are missing, as sentences
   */
  public record Group(String name, int points, int of, List<String> notes) {}

  /**
   * A sentence with a claim to verify.
   *
   * @param where heading of the block that contains the sentence
   * @param anchor anchor of that block in the page
   * @param sentence the text, shortened if it has more than 240 characters
   * @param key hash of the whole sentence; the same in every place where the sentence occurs
   */
  public record Check(String where, String anchor, String sentence, String key) {
    private static final int MAX_LENGTH = 240;

    public static Check of(String where, String anchor, String sentence) {
      var key = UUID.nameUUIDFromBytes(sentence.getBytes(UTF_8)).toString();
      return new Check(where, anchor, TextCleaner.cut(sentence, MAX_LENGTH), key);
    }
  }

  public record Measure(String name, String value) {}
}
