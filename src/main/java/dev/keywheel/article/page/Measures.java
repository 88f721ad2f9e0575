package dev.keywheel.article.page;

import dev.keywheel.article.page.Quality.Check;
import dev.keywheel.article.page.Quality.Measure;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.text.Clean;
import dev.keywheel.article.text.Readability;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The measures of an article that are shown as they are, and what in it is to be looked up. */
final class Measures {
  private static final Pattern CHECKABLE =
      Pattern.compile(
          "(?<![\\w@])(?:[$€£]\\s?\\d[\\d.,]*|\\d[\\d.,]*\\s?(?:%|percent|years?|million|billion|euros?|dollars?)|(?:1[89]|20)\\d{2})(?!\\w)");
  private static final Pattern NAME =
      Pattern.compile("(?<=[a-z,;] )\\p{Lu}\\p{L}+(?: \\p{Lu}\\p{L}+)+");

  private static final int MOST_CHECKS = 40;
  private static final int LONGEST_CHECK = 240;

  private final ArticleParts parts;
  private final String text;

  Measures(ArticleParts parts, String text) {
    this.parts = parts;
    this.text = text;
  }

  List<Measure> list() {
    var r = Readability.of(text, parts.language());
    var plan = parts.plan();
    int keyword =
        plan.primaryKeyword().isBlank()
            ? 0
            : text.toLowerCase(Locale.ROOT)
                    .split(Pattern.quote(plan.primaryKeyword().toLowerCase(Locale.ROOT)), -1)
                    .length
                - 1;
    return List.of(
        new Measure("Words", Integer.toString(r.words())),
        new Measure("Section 1", words(parts.section1())),
        new Measure("Section 2", words(parts.section2())),
        new Measure("Guide", words(parts.guide())),
        new Measure("FAQ", words(parts.faq())),
        new Measure("Reading time", r.minutes() + " min"),
        new Measure("Sentences", Integer.toString(r.sentences())),
        new Measure("Words in a sentence", String.format(Locale.ROOT, "%.1f", r.sentenceLength())),
        new Measure(
            "Ease of reading (" + r.measure() + ")", String.format(Locale.ROOT, "%.0f", r.ease())),
        new Measure("Longest paragraph", r.longestParagraph() + " words"),
        new Measure("Title", plan.title().length() + " characters"),
        new Measure("Description", plan.metaDescription().length() + " characters"),
        new Measure("Main keyword", keyword + " times"));
  }

  private static String words(ArticleParts.Text text) {
    return text.plain().stream().mapToInt(Words::count).sum() + " words";
  }

  /** Numbers, dates and names that somebody should look up before the article is published. */
  List<Check> check() {
    var words = PageWords.of(parts.language());
    var found = new ArrayList<Check>();
    var plan = parts.plan();
    look(plan.title(), "title", plan.summary(), found);
    if (parts.tool() != null) {
      look(
          words.howTo(plan.tool().name()),
          "guide",
          String.join("\n", parts.guide().plain()),
          found);
    }
    plan.headings().forEach(h -> look(h.text(), h.anchor(), section(h).plain(h.id()), found));
    plan.faq().forEach(q -> look(q.text(), q.id(), parts.faq().plain(q.id()), found));
    return found.stream().distinct().limit(MOST_CHECKS).toList();
  }

  private ArticleParts.Text section(Heading h) {
    return parts.section(h.id().startsWith("s1") ? 1 : 2);
  }

  private void look(String where, String anchor, String text, List<Check> found) {
    for (var sentence : Sentences.of(text, Locale.forLanguageTag(parts.language()))) {
      if (CHECKABLE.matcher(sentence).find() || NAME.matcher(sentence).find()) {
        found.add(new Check(where, anchor, Clean.cut(sentence, LONGEST_CHECK)));
      }
    }
  }
}
