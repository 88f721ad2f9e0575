package dev.keywheel.article.page;

import java.util.Locale;
import java.util.Map;

/**
 * The few words that the page itself says, in the language of the article; English for languages
 * that are not known.
 *
 * @param howTo with a place for the tool's name
 */
public record PageWords(
    String contents,
    String howTo,
    String faq,
    String minutes,
    String madeWithAi,
    String notReviewed,
    String reviewedBy,
    String needsScript) {
  private static final PageWords ENGLISH =
      new PageWords(
          "Contents",
          "How to use the %s",
          "Frequently asked questions",
          "min read",
          "made with AI",
          "not yet reviewed",
          "reviewed by",
          "The tool needs JavaScript.");
  private static final Map<String, PageWords> KNOWN =
      Map.of(
          "en", ENGLISH,
          "de",
              new PageWords(
                  "Inhalt",
                  "So benutzt man: %s",
                  "Häufige Fragen",
                  "Min. Lesezeit",
                  "mit KI erstellt",
                  "noch nicht geprüft",
                  "geprüft von",
                  "Das Werkzeug braucht JavaScript."),
          "fr",
              new PageWords(
                  "Sommaire",
                  "Comment utiliser : %s",
                  "Questions fréquentes",
                  "min de lecture",
                  "créé avec l’IA",
                  "pas encore relu",
                  "relu par",
                  "L’outil a besoin de JavaScript."),
          "es",
              new PageWords(
                  "Contenido",
                  "Cómo usar: %s",
                  "Preguntas frecuentes",
                  "min de lectura",
                  "hecho con IA",
                  "aún sin revisar",
                  "revisado por",
                  "La herramienta necesita JavaScript."),
          "it",
              new PageWords(
                  "Indice",
                  "Come usare: %s",
                  "Domande frequenti",
                  "min di lettura",
                  "creato con l’IA",
                  "non ancora rivisto",
                  "rivisto da",
                  "Lo strumento richiede JavaScript."));

  public static PageWords of(String language) {
    return KNOWN.getOrDefault(language.toLowerCase(Locale.ROOT).split("[-_]")[0], ENGLISH);
  }

  /** The heading of the guide. */
  public String howTo(String tool) {
    return howTo.replace("%s", tool);
  }
}
