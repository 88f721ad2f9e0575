package dev.keywheel.article.operation;

import dev.keywheel.article.text.Language;
import dev.keywheel.article.text.Overlap;
import dev.keywheel.article.text.Placeholders;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What no text for the page may contain, whoever it is from. */
final class TextRules {
  private static final Pattern LINK = Pattern.compile("(?i)\\[[^\\]]+]\\([^)]+\\)|https?://\\S+");
  private static final Pattern HTML =
      Pattern.compile("(?i)</?(?:script|iframe|div|span|p|a|img|style|table|br|h[1-6])\\b[^>]*>");

  private TextRules() {}

  /** Errors of a block of markdown, each naming the block. */
  static List<String> errors(String name, String markdown, String language) {
    var errors = new ArrayList<String>();
    Placeholders.first(markdown)
        .ifPresent(text -> errors.add(name + " contains the placeholder \"" + text + "\"."));
    if (Language.wrong(markdown, language)) {
      errors.add(name + " is not in the language asked for.");
    }
    Overlap.repeated(markdown)
        .ifPresent(words -> errors.add(name + " says \"" + words + "\" three times or more."));
    return errors;
  }

  /** What is taken out of a block without asking. */
  static List<String> warnings(String name, String markdown) {
    var warnings = new ArrayList<String>();
    if (LINK.matcher(markdown).find()) {
      warnings.add(name + " had links; only their words are kept.");
    }
    if (HTML.matcher(markdown).find()) {
      warnings.add(name + " had HTML; it is shown as text.");
    }
    return warnings;
  }
}
