package dev.keywheel.article.operation.text;

import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.text.Language;
import dev.keywheel.article.text.Placeholders;
import dev.keywheel.article.text.RawHtmlTags;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.text.TextSimilarity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds content that no text of the page may contain. */
public final class ContentRules {
  private static final Pattern LINK = Pattern.compile("(?i)\\[[^\\]]+]\\([^)]+\\)|https?://\\S+");

  /** Code, in which every character is allowed. */
  private static final Pattern CODE =
      Pattern.compile(
          "(?ms)^[ \\t]*(`{3,}|~{3,}).*?(?:^[ \\t]*\\1|\\z)|(?<!`)(`++).{1,300}?(?<!`)\\2(?!`)");

  /**
   * Prices, price ranges, currencies in brackets, escaped brackets and shell variables do not
   * match: {@code $5 and $10}, {@code $ = cheap, $$ = moderate}, {@code Price ($) = Net ($)},
   * {@code \[name\]}, {@code $HOME/$USER}.
   */
  private static final Pattern LATEX =
      Pattern.compile(
          "(?<!\\$)\\$\\$(?!\\$)(?:[^$]{0,200}[\\\\^][^$]{0,200}|(?=\\S)[^$]{0,100}[_=][^$]{0,100}(?<=\\S))\\$\\$(?!\\$)"
              + "|(?<![\\w$\\\\])\\$(?:(?=[^\\s)])[^$\\n]{0,100}[\\\\^][^$\\n]{0,100}"
              + "|(?=[^\\s)\\d])[^$\\n]{0,100}[_=][^$\\n]{0,100}"
              + "|[A-Za-z](?: ?[-+*/] ?\\w+)?)(?<=[^\\s(A-Z])\\$(?![\\w${])"
              + "|\\\\\\([^\\\\\\n]{0,100}(?:\\\\[A-Za-z]|[\\^_=])[^\\n]{0,100}?\\\\\\)"
              + "|\\\\\\[[^\\\\]{0,200}(?:\\\\[A-Za-z]|[\\^_=])(?s:.){0,200}?\\\\]"
              + "|(?<![\\w:.\\\\])\\\\(?:frac|sqrt|times|cdot|sum|text|left|approx|leq|geq|div|pm)(?![a-z])");

  private static final Pattern UNSUPPORTED =
      Pattern.compile(
          "(?m)~~(?=\\S)[^~\\n]{1,200}~~|(?<![=\\w])==(?=\\S)[^=\\n]{1,200}(?<=\\S)==(?![=\\w])"
              + "|\\[\\^[\\w-]{1,20}]|^[ \\t]*[-*+] \\[[ xX]](?= )|(?<![\\w:]):[a-z][a-z_]{2,30}:(?![\\w:])");

  private static final int MAX_QUOTE = 60;

  private ContentRules() {}

  /**
   * Faults of a Markdown block: each completes a sentence that begins with the name of the block.
   */
  static List<String> faults(String markdown, ArticleRequest articleRequest) {
    var faults = new ArrayList<String>();
    Placeholders.first(markdown)
        .ifPresent(text -> faults.add("says \"" + text + "\", which has no place on a page"));
    wrongLanguage(markdown, articleRequest).ifPresent(faults::add);
    RawHtmlTags.first(markdown).ifPresent(tag -> faults.add("shows HTML tags as text: " + tag));
    var withoutCode = CODE.matcher(markdown).replaceAll("");
    first(LATEX, withoutCode)
        .ifPresent(
            formula ->
                faults.add(
                    "shows LaTeX as text: " + formula + " (use plain text with × ÷ √ ² instead)"));
    first(UNSUPPORTED, withoutCode)
        .ifPresent(mark -> faults.add("shows unsupported Markdown as text: " + mark));
    TextSimilarity.repeated(markdown)
        .ifPresent(words -> faults.add("says \"" + words + "\" three times or more"));
    return faults;
  }

  private static Optional<String> first(Pattern pattern, String text) {
    var found = pattern.matcher(text);
    return found.find()
        ? Optional.of(TextCleaner.cut(TextCleaner.line(found.group()), MAX_QUOTE))
        : Optional.empty();
  }

  /** The fault of a text that is certainly in a wrong language: "is in German, not in English". */
  public static Optional<String> wrongLanguage(String text, ArticleRequest articleRequest) {
    if (!Language.wrong(text, articleRequest.language())) {
      return Optional.empty();
    }
    var asked = articleRequest.languageName();
    return Optional.of(
        Language.detect(text)
            .map(code -> Locale.forLanguageTag(code).getDisplayLanguage(Locale.ENGLISH))
            .filter(found -> !asked.startsWith(found))
            .map(found -> "is in " + found + ", not in " + asked)
            .orElse("is not in " + asked));
  }

  /** Warnings about content that is removed from a block without a correction by the model. */
  static List<String> warnings(String name, String markdown) {
    var warnings = new ArrayList<String>();
    if (LINK.matcher(markdown).find()) {
      warnings.add(name + " had links; only their words are kept.");
    }
    return warnings;
  }
}
