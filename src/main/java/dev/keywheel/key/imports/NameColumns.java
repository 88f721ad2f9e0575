package dev.keywheel.key.imports;

import java.util.regex.Pattern;

/**
 * The text before or after a key on its line: a name, or several columns, of which one may be a
 * password. A space alone does not separate columns. Before the key, neither does a colon, as in
 * {@code prod:eu}, unless it follows an email address.
 *
 * @param name the text without the separator before or after the key
 * @param between the separator between the text and the key
 */
record NameColumns(String name, String between) {
  static final String PROBLEM =
      "Invalid format: the text beside the key contains separators; use a plain name, or put a header"
          + " line above the columns";

  /** Separators, opening brackets and quotes. */
  private static final String SEPARATORS = ":：,，;；、|｜=>→~–—*_`\"'“‘「([{<-/\\";

  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}]");
  private static final Pattern SPACES_AND_MARKS = Pattern.compile("[\\s\\p{Z}*_`\"'“‘「(\\[{<]+");
  private static final Pattern SPACED_HYPHEN = Pattern.compile("\\s-|-\\s");

  private static final Pattern BEARER =
      Pattern.compile("(?i)(?<![\\p{L}\\p{Nd}])bearer[\\s\\p{Z}:]*([\"'`]?)$");
  private static final Pattern START =
      Pattern.compile(
          "(?i)^[\\p{Z}\\s|｜*_`\"'“‘「(\\[{<$•-]*(?:(?:export|set) |env:|authorization$)?");
  private static final Pattern END = Pattern.compile("(?<![\\s,;|])[\\s,;|]+$");

  /**
   * Separators of columns that are rare in names. The first alternative follows an email address.
   */
  private static final Pattern BETWEEN_COLUMNS =
      Pattern.compile(
          "@[\\p{L}\\p{Nd}.-]+\\s*[:：,，;；、|｜=/]|--|[-=]>|→|[;；，\\t]"
              + "|([\"'`*_])\\s+\\1|\\)\\s*\\(|]\\s*\\[|}\\s*\\{|>\\s*<");

  private static final Pattern BETWEEN_COLUMNS_AFTER_KEY = Pattern.compile("[,，;；、|｜=\\t:：]");

  private static final Pattern NOT_IN_NAME =
      Pattern.compile("[:：,，;；、|｜=<>→~–—\"\\t*`“‘「{/\\\\•・·]|\\s-|-\\s|\\p{Alnum}[!#%^?(\\[]");

  /**
   * @param text the text from the beginning of the line to the key
   */
  static NameColumns before(String text) {
    String line = BEARER.matcher(text).replaceFirst("$1");
    int end = line.length();
    while (end > 0 && isSeparator(line.charAt(end - 1))) {
      end--;
    }
    String name = START.matcher(line.substring(0, end)).replaceFirst("");
    return new NameColumns(name, line.substring(end));
  }

  private static NameColumns after(String text) {
    String line = END.matcher(text).replaceFirst("");
    int start = 0;
    while (start < line.length() && isSeparator(line.charAt(start))) {
      start++;
    }
    return new NameColumns(line.substring(start), line.substring(0, start));
  }

  /**
   * Whether the text certainly consists of columns.
   *
   * @param text the text from the beginning of the line to the key, with or without the separator
   */
  static boolean areBefore(String text) {
    return before(text.strip() + " ").areColumns();
  }

  /** Whether the text from the key to the end of the line may consist of columns. */
  static boolean areAfter(String text) {
    NameColumns after = after(text);
    return !after.isQuoted()
        && (BETWEEN_COLUMNS_AFTER_KEY.matcher(after.name).find() || after.areColumns());
  }

  /** Whether there is no name, or a separator before the key and none in the name. */
  boolean isAtMostName() {
    return between.chars().noneMatch(c -> c == '/' || c == '\\')
        && (name.isEmpty()
            || (!between.isEmpty() && !NOT_IN_NAME.matcher(name).find() && !areColumns()));
  }

  private boolean areColumns() {
    return BETWEEN_COLUMNS.matcher(name).find() || isSeparatorInName();
  }

  private boolean isSeparatorInName() {
    boolean spaced = SPACE.matcher(between).find();
    String separator = spaced ? SPACES_AND_MARKS.matcher(between).replaceAll("") : between;
    if (separator.isEmpty() || between.equals(" | ")) { // as in Team | Jane | secret
      return false;
    }
    boolean hyphen = spaced && separator.equals("-");
    return hyphen ? SPACED_HYPHEN.matcher(name).find() : name.contains(separator);
  }

  /** Whether the name is in quotes, without further quotes in it. */
  private boolean isQuoted() {
    String quote = between.substring(Math.max(0, between.length() - 1));
    return !quote.isBlank()
        && "\"'`".contains(quote)
        && name.endsWith(quote)
        && name.replace("\"\"", "").indexOf(quote) == name.replace("\"\"", "").length() - 1;
  }

  private static boolean isSeparator(char c) {
    return Character.isSpaceChar(c) || Character.isWhitespace(c) || SEPARATORS.indexOf(c) >= 0;
  }
}
