package dev.keywheel.article.operation.text;

import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.text.Language;
import dev.keywheel.article.text.Placeholders;
import dev.keywheel.article.text.RawHtmlTags;
import dev.keywheel.article.text.TextSimilarity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds content that no text of the page may contain. */
public final class ContentRules {
  private static final Pattern LINK = Pattern.compile("(?i)\\[[^\\]]+]\\([^)]+\\)|https?://\\S+");

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
    TextSimilarity.repeated(markdown)
        .ifPresent(words -> faults.add("says \"" + words + "\" three times or more"));
    return faults;
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
