package dev.keywheel.article.page;

import java.time.Month;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds sentences with claims to verify: numbers, dates and names.
 *
 * <p>Names are recognized by their capital letter inside a sentence. In languages that capitalize
 * all nouns, and in scripts without capitals, only numbers and dates are found.
 */
final class ClaimDetector {
  /** The priority with which a sentence should be verified. */
  enum Weight {
    NONE,
    /** The only claim is a small number, which may count things in the text itself. */
    SMALL_NUMBER,
    CLAIM
  }

  private static final String SEPARATOR = "[.,’' \\u00A0\\u202F]";

  /** A whole number: a search from its middle would find the same end, in quadratic time. */
  private static final String NUMBER =
      "(?<!\\p{Nd}|\\p{Nd}" + SEPARATOR + ")\\p{Nd}++(?:" + SEPARATOR + "\\p{Nd}++)*+";

  private static final String CURRENCY = "[$€£¥₹₽₩]|(?:USD|EUR|GBP|CHF|JPY)\\b";
  private static final String UNIT =
      "%|٪|‰|°|percent\\b|per cent\\b|prozent\\b|por ciento\\b|pour cent\\b|per cento\\b|por"
          + " cento\\b|procent\\b|(?:hundred|thousand|million|billion|trillion|dozen)\\b"
          + "|(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|euros?|dollars?|pounds?|cents?"
          + "|kilomet(?:er|re)s?|miles?|met(?:er|re)s?|feet|inch(?:es)?|kilo(?:gram)?s?|grams?|ounces?"
          + "|lit(?:er|re)s?|gallons?|degrees?|km|kg|mg|cm|mm|ml|kwh|mph)\\b";
  private static final String IN_WORDS =
      "\\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\\w+)?|an?"
          + " hundred|hundreds|several)[ -]";
  private static final Pattern FIGURE =
      Pattern.compile(
          "(?iu)(?:"
              + CURRENCY
              + ")\\s?\\p{Nd}|"
              + NUMBER
              + "[\\s\\u00A0\\u202F-]?(?:"
              + CURRENCY
              + "|"
              + UNIT
              + ")"
              // 4.50, 1,000 and 1998, but not 1.2.3 or parts of words
              + "|(?<![\\w.,])\\p{Nd}+[.,]\\p{Nd}+(?![.,]?\\w)|(?<![\\w.,])\\p{Nd}{3,}(?!\\w)"
              // from 4 to 7
              + "|\\p{Nd}\\s?(?:to|bis|à|a|–|—)\\s?\\p{Nd}"
              + "|"
              + IN_WORDS
              + "(?:and [a-z]+ )?(?:"
              + UNIT
              + ")");

  private static final Pattern SMALL =
      Pattern.compile(
          "(?iu)(?<!step |steps |section |part |question |option |figure |row |point"
              + " |[\\w.,#:/-])\\p{Nd}{1,2}(?![\\w:/]|[.)]\\s)");

  /** Words that begin a made-up example, whose small numbers need no verification. */
  private static final Pattern EXAMPLE =
      Pattern.compile("(?i)\\b(?:if|say|suppose|imagine|for example|for instance|e\\.g\\.)");

  private static final Pattern NAME =
      Pattern.compile("(?<=[\\p{L}\\p{N},;’'] )\\p{Lu}\\p{L}*\\p{Ll}[\\p{L}’'-]*");
  private static final Pattern WEEKDAY =
      Pattern.compile("(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?");

  /** Languages in which every noun has a capital. */
  private static final List<String> NOUNS_IN_CAPITALS = List.of("de", "lb", "nds", "gsw");

  private final List<String> own;
  private final boolean findsNames;
  private final Pattern date;

  /**
   * @param own names that the page defines, such as those of its tool and its fields
   */
  ClaimDetector(Locale locale, Stream<String> own) {
    this.own = own.filter(name -> !name.isBlank()).toList();
    this.findsNames = !NOUNS_IN_CAPITALS.contains(locale.getLanguage());
    this.date = date(locale);
  }

  private static Pattern date(Locale locale) {
    var months =
        Stream.of(TextStyle.FULL, TextStyle.FULL_STANDALONE)
            .flatMap(style -> Stream.of(Month.values()).map(m -> m.getDisplayName(style, locale)))
            .filter(name -> name.codePoints().noneMatch(Character::isDigit))
            .distinct()
            .map(Pattern::quote)
            .collect(Collectors.joining("|"));
    return months.isEmpty()
        ? Pattern.compile("(?!)")
        : Pattern.compile(
            "(?iu)\\p{Nd}(?:st|nd|rd|th|er|\\.)?\\s(?:of |de )?(?:"
                + months
                + ")(?!\\p{L})|(?<!\\p{L})(?:"
                + months
                + ")\\s\\p{Nd}");
  }

  Weight weight(String sentence) {
    if (FIGURE.matcher(sentence).find()
        || date.matcher(sentence).find()
        || (findsNames && containsName(sentence))) {
      return Weight.CLAIM;
    }
    return SMALL.matcher(sentence).find() && !EXAMPLE.matcher(sentence).find()
        ? Weight.SMALL_NUMBER
        : Weight.NONE;
  }

  private boolean containsName(String sentence) {
    var others = sentence;
    for (var name : own) {
      others = others.replace(name, name.toLowerCase(Locale.ROOT));
    }
    return NAME.matcher(others).results().anyMatch(m -> !WEEKDAY.matcher(m.group()).matches());
  }
}
