package dev.keywheel.article.page;

import dev.keywheel.article.text.TextCleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Finds contact details in a text. A model cannot know any, so those it writes are invented or
 * belong to others.
 */
final class ContactDetector {
  private static final Pattern WEB =
      Pattern.compile(
          "(?i)\\bhttps?://[^\\s<>\"')\\]]+|\\bwww\\.[\\p{L}\\d-]+(?:\\.[\\p{L}\\d-]+){1,10}");

  /** Email addresses, except those of the example domains, which the guide of a tool may need. */
  private static final Pattern MAIL =
      Pattern.compile(
          "(?i)\\b[\\w.%+-]{1,64}@(?!example\\.(?:com|net|org)\\b)[\\p{L}\\d-]+(?:\\.[\\p{L}\\d-]+){0,10}\\.\\p{L}{2,}\\b");

  /** Unambiguous telephone numbers: with a country code, with brackets, or toll-free. */
  private static final Pattern TELEPHONE =
      Pattern.compile(
          "(?<![\\w+.,-])(?:\\+\\d{1,3}[ .-]?\\(?\\d{2,4}\\)?(?:[ .-]?\\d{2,4}){2,4}|\\(\\d{3}\\)"
              + " ?\\d{3}-\\d{4}|(?:1-)?8(?:00|33|44|55|66|77|88)-\\d{3}-\\d{4}|0800["
              + " -]\\d{2,4}(?:[ -]?\\d{2,4}){1,2})(?![\\w-])");

  private ContactDetector() {}

  /** The first contact of each kind, as the rest of a sentence: "an address: www.x.example". */
  static List<String> in(String plain) {
    var found = new ArrayList<String>();
    first("an address", WEB, plain, found);
    first("an email address", MAIL, plain, found);
    first("a telephone number", TELEPHONE, plain, found);
    return found;
  }

  private static void first(String kind, Pattern pattern, String plain, List<String> found) {
    var match = pattern.matcher(plain);
    if (match.find()) {
      found.add(kind + ": " + TextCleaner.cut(match.group(), 80));
    }
  }
}
