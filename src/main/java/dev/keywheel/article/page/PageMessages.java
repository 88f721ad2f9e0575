package dev.keywheel.article.page;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;
import java.util.ResourceBundle;

/**
 * The fixed texts of an article page, in its language; English for languages without a file in
 * {@code resources/article}.
 *
 * @param howTo {@code %s} is the name of the tool
 * @param minutes {@code %s} is the reading time in minutes
 * @param reviewedOn {@code %s} is the date
 * @param reviewedBy {@code %s} is the name of the author
 */
public record PageMessages(
    String contents,
    String howTo,
    String faq,
    String minutes,
    String madeWithAi,
    String notReviewed,
    String reviewedOn,
    String reviewedBy,
    String needsScript) {
  private static final ResourceBundle.Control NO_FALLBACK =
      ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES);

  public static PageMessages of(String language) {
    Locale locale = Locale.of(Locale.forLanguageTag(language.replace('_', '-')).getLanguage());
    ResourceBundle texts = ResourceBundle.getBundle("article.page", locale, NO_FALLBACK);
    return new PageMessages(
        texts.getString("contents"),
        texts.getString("howTo"),
        texts.getString("faq"),
        texts.getString("minutes"),
        texts.getString("madeWithAi"),
        texts.getString("notReviewed"),
        texts.getString("reviewedOn"),
        texts.getString("reviewedBy"),
        texts.getString("needsScript"));
  }

  public String howTo(String tool) {
    return howTo.replace("%s", tool);
  }

  public String minutes(int minutes) {
    return this.minutes.replace("%s", Integer.toString(minutes));
  }

  /** The UTC date in the format of the language. */
  public static String date(Instant at, String language) {
    return DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG)
        .withLocale(Locale.forLanguageTag(language))
        .withZone(ZoneOffset.UTC)
        .format(at);
  }
}
