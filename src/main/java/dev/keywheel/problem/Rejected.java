package dev.keywheel.problem;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that is not carried out, such as one with an invalid value. The message tells the user
 * what was wrong and what is allowed. Nothing has been changed when this is thrown.
 */
public class Rejected extends RuntimeException {
  private final @Nullable String field;

  public Rejected(String sentence) {
    this(null, sentence);
  }

  /**
   * @param field name of the form field that the message belongs to; null for none
   */
  public Rejected(@Nullable String field, String sentence) {
    super(sentence);
    this.field = field;
  }

  /**
   * @param subject the beginning of the message, with its verb: {@code The heading has}
   * @throws Rejected if there are more than {@code most} characters
   */
  public static void checkLength(String field, String subject, int characters, int most) {
    if (characters > most) {
      throw new Rejected(field, tooLong(subject, characters, most));
    }
  }

  /** {@code The heading has 301 characters; up to 300 are allowed.} */
  public static String tooLong(String subject, int characters, int most) {
    return subject + " " + characters + " characters; up to " + most + " are allowed.";
  }

  /**
   * @throws Rejected if the value is not from {@code least} to {@code most}
   */
  public static void checkRange(String field, String label, int value, int least, int most) {
    if (value < least || value > most) {
      String range = String.format(Locale.ROOT, "%d and %,d", least, most);
      throw new Rejected(field, label + ": " + value + " is not between " + range + ".");
    }
  }

  public Optional<String> field() {
    return Optional.ofNullable(field);
  }

  /** The rejections of all fields, at most one for each; this one alone if it is the only one. */
  public List<Rejected> all() {
    return List.of(this);
  }
}
