package dev.keywheel.article.text;

import java.util.Optional;
import java.util.regex.Pattern;

/** Finds placeholder text, and text about the model that wrote it. */
public final class Placeholders {
  /** Matches only capitals, because "todo" is an everyday word in Spanish and Portuguese. */
  private static final String TO_DO = "(?-i:\\bTODO\\b)";

  private static final Pattern ANY =
      Pattern.compile(
          "(?i)\\[(?:insert|add|your|placeholder)\\b[^\\]]{0,200}]|lorem ipsum|"
              + TO_DO
              + "|\\bas an AI\\b|\\bas a (?:large )?language model\\b|\\{\\{[^}]{1,200}}}");

  private Placeholders() {}

  /** The first placeholder in the text, as written. */
  public static Optional<String> first(String text) {
    var found = ANY.matcher(text);
    return found.find() ? Optional.of(found.group()) : Optional.empty();
  }
}
