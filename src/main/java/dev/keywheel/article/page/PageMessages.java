package dev.keywheel.article.page;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The few words that the page itself says, in the language of the article; English for languages
 * that are not known. Those with {@code %s} have a place for a name, a number or a date.
 *
 * @param howTo with the tool's name
 * @param minutes with the reading time
 * @param reviewedOn with the date
 * @param reviewedBy with the name of who stands for the article
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
  private static final Map<String, PageMessages> KNOWN =
      Map.ofEntries(
          Map.entry(
              "en",
              new PageMessages(
                  "Contents",
                  "How to use the %s",
                  "Frequently asked questions",
                  "%s min read",
                  "made with AI",
                  "not yet reviewed",
                  "reviewed on %s",
                  "reviewed by %s",
                  "The tool needs JavaScript.")),
          Map.entry(
              "de",
              new PageMessages(
                  "Inhalt",
                  "So benutzt man: %s",
                  "Häufige Fragen",
                  "%s Min. Lesezeit",
                  "mit KI erstellt",
                  "noch nicht geprüft",
                  "geprüft am %s",
                  "geprüft von %s",
                  "Das Werkzeug braucht JavaScript.")),
          Map.entry(
              "fr",
              new PageMessages(
                  "Sommaire",
                  "Comment utiliser : %s",
                  "Questions fréquentes",
                  "%s min de lecture",
                  "créé avec l’IA",
                  "pas encore relu",
                  "relu le %s",
                  "relu par %s",
                  "L’outil a besoin de JavaScript.")),
          Map.entry(
              "es",
              new PageMessages(
                  "Contenido",
                  "Cómo usar: %s",
                  "Preguntas frecuentes",
                  "%s min de lectura",
                  "hecho con IA",
                  "aún sin revisar",
                  "revisado el %s",
                  "revisado por %s",
                  "La herramienta necesita JavaScript.")),
          Map.entry(
              "it",
              new PageMessages(
                  "Indice",
                  "Come usare: %s",
                  "Domande frequenti",
                  "%s min di lettura",
                  "creato con l’IA",
                  "non ancora rivisto",
                  "rivisto il %s",
                  "rivisto da %s",
                  "Lo strumento richiede JavaScript.")),
          Map.entry(
              "pt",
              new PageMessages(
                  "Índice",
                  "Como usar: %s",
                  "Perguntas frequentes",
                  "%s min de leitura",
                  "feito com IA",
                  "ainda não revisto",
                  "revisto em %s",
                  "revisto por %s",
                  "A ferramenta precisa de JavaScript.")),
          Map.entry(
              "nl",
              new PageMessages(
                  "Inhoud",
                  "Zo gebruik je: %s",
                  "Veelgestelde vragen",
                  "%s min lezen",
                  "gemaakt met AI",
                  "nog niet nagekeken",
                  "nagekeken op %s",
                  "nagekeken door %s",
                  "Dit hulpmiddel heeft JavaScript nodig.")),
          Map.entry(
              "pl",
              new PageMessages(
                  "Spis treści",
                  "Jak korzystać: %s",
                  "Często zadawane pytania",
                  "%s min czytania",
                  "utworzono z pomocą AI",
                  "jeszcze niesprawdzone",
                  "sprawdzono %s",
                  "redakcja: %s",
                  "Narzędzie wymaga JavaScriptu.")),
          Map.entry(
              "tr",
              new PageMessages(
                  "İçindekiler",
                  "Nasıl kullanılır: %s",
                  "Sık sorulan sorular",
                  "%s dk okuma",
                  "yapay zekâ ile hazırlandı",
                  "henüz incelenmedi",
                  "incelenme tarihi: %s",
                  "inceleyen: %s",
                  "Bu araç için JavaScript gerekir.")),
          Map.entry(
              "ar",
              new PageMessages(
                  "المحتويات",
                  "طريقة استخدام: %s",
                  "أسئلة شائعة",
                  "مدة القراءة: %s د",
                  "أُنشئ بالذكاء الاصطناعي",
                  "لم يُراجَع بعد",
                  "رُوجع في %s",
                  "راجعه %s",
                  "تحتاج الأداة إلى JavaScript.")),
          Map.entry(
              "hi",
              new PageMessages(
                  "विषय सूची",
                  "%s का उपयोग कैसे करें",
                  "अक्सर पूछे जाने वाले प्रश्न",
                  "%s मिनट में पढ़ें",
                  "एआई की सहायता से बना",
                  "अभी समीक्षा नहीं हुई",
                  "समीक्षा: %s",
                  "समीक्षक: %s",
                  "इस टूल के लिए JavaScript चाहिए।")),
          Map.entry(
              "zh",
              new PageMessages(
                  "目录",
                  "如何使用：%s",
                  "常见问题",
                  "阅读约 %s 分钟",
                  "由 AI 生成",
                  "尚未审阅",
                  "审阅于 %s",
                  "审阅：%s",
                  "此工具需要 JavaScript。")),
          Map.entry(
              "ja",
              new PageMessages(
                  "目次",
                  "使い方：%s",
                  "よくある質問",
                  "読了目安 %s 分",
                  "AI により作成",
                  "未確認",
                  "%s 確認",
                  "確認：%s",
                  "このツールには JavaScript が必要です。")));

  public static PageMessages of(String language) {
    return Objects.requireNonNull(
        KNOWN.getOrDefault(language.toLowerCase(Locale.ROOT).split("[-_]")[0], KNOWN.get("en")));
  }

  /** The heading of the guide. */
  public String howTo(String tool) {
    return howTo.replace("%s", tool);
  }

  public String minutes(int minutes) {
    return this.minutes.replace("%s", Integer.toString(minutes));
  }

  /** A day as the language writes it, by the calendar of UTC. */
  public static String date(Instant at, String language) {
    return DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG)
        .withLocale(Locale.forLanguageTag(language))
        .withZone(ZoneOffset.UTC)
        .format(at);
  }
}
