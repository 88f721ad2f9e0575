package dev.keywheel.article.plan;

import java.util.List;

/**
 * The request for an article; stored with the run and never changed.
 *
 * @param topic 1 to 500 characters
 * @param language language tag such as {@code en} or {@code pt-BR}
 * @param audience the intended readers
 * @param tone the tone of voice
 * @param keywords keywords to use where they fit; may be empty
 * @param notes further requirements; may be empty
 * @param coherent whether section 2 is written after section 1, with a summary of it
 */
public record ArticleRequest(
    String topic,
    String language,
    String audience,
    String tone,
    Length length,
    List<String> keywords,
    String notes,
    boolean coherent) {

  /** A copy with a further instruction appended to the notes. */
  public ArticleRequest withInstruction(String instruction) {
    if (instruction.isEmpty()) {
      return this;
    }
    var all = notes.isEmpty() ? instruction : notes + "\n" + instruction;
    return new ArticleRequest(topic, language, audience, tone, length, keywords, all, coherent);
  }

  /** English name of the language, for prompts. */
  public String languageName() {
    var locale = java.util.Locale.forLanguageTag(language);
    var name = locale.getDisplayName(java.util.Locale.ENGLISH);
    return name.isBlank() ? language : name;
  }
}
