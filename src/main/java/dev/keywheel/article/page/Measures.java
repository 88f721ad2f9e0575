package dev.keywheel.article.page;

import dev.keywheel.article.page.ClaimDetector.Weight;
import dev.keywheel.article.page.Quality.Check;
import dev.keywheel.article.page.Quality.Measure;
import dev.keywheel.article.plan.ToolBrief.Input;
import dev.keywheel.article.plan.ToolBrief.Output;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.MarkdownToHtml.Reading;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The measures of an article, and the claims in it to verify. */
final class Measures {
  /** Blocks of the guide that are compared with the tool instead of searched for claims. */
  private static final Set<String> COMPARED_WITH_TOOL = Set.of("steps", "example");

  private static final int MAX_CHECKS = 40;

  private final ArticleParts parts;
  private final String text;
  private final Locale locale;
  private final ClaimDetector claimDetector;
  private final Map<String, WeightedCheck> found = new LinkedHashMap<>();

  Measures(ArticleParts parts, String text) {
    this.parts = parts;
    this.text = text;
    this.locale = Locale.forLanguageTag(parts.language());
    var tool = parts.plan().tool();
    this.claimDetector =
        new ClaimDetector(
            locale,
            Stream.of(
                    Stream.of(tool.name()),
                    tool.inputs().stream().map(Input::label),
                    tool.outputs().stream().map(Output::label))
                .flatMap(s -> s));
  }

  List<Measure> list() {
    var r = Readability.of(text, parts.language());
    var plan = parts.plan();
    int keyword = Tokenizer.occurrences(text, plan.primaryKeyword());
    return List.of(
        new Measure("Words", Integer.toString(r.words())),
        new Measure("Section 1", words(parts.section1())),
        new Measure("Section 2", words(parts.section2())),
        new Measure("Guide", words(parts.guide())),
        new Measure("FAQ", words(parts.faq())),
        new Measure("Reading time", r.minutes() + " min"),
        new Measure("Sentences", Integer.toString(r.sentences())),
        new Measure("Words per sentence", String.format(Locale.ROOT, "%.1f", r.sentenceLength())),
        new Measure(
            "Reading ease (" + r.measure() + ")", String.format(Locale.ROOT, "%.0f", r.ease())),
        new Measure("Longest paragraph", r.longestParagraph() + " words"),
        new Measure("Title", plan.title().length() + " characters"),
        new Measure("Description", plan.metaDescription().length() + " characters"),
        new Measure("Main keyword", keyword + (keyword == 1 ? " time" : " times")));
  }

  private static String words(ArticleParts.Text text) {
    return text.plain().stream().mapToInt(Tokenizer::count).sum() + " words";
  }

  /**
   * Sentences with numbers, dates or names to verify before publishing, in reading order, each
   * once, at most {@value #MAX_CHECKS}. If there are more, sentences whose only claim is a small
   * number are omitted, unless there are no others.
   */
  List<Check> checks() {
    var messages = PageMessages.of(parts.language());
    var plan = parts.plan();
    collectClaims(plan.title(), "title", new Reading(plan.summary(), List.of()));
    if (parts.tool() != null) {
      parts.guide().texts().blocks().entrySet().stream()
          .filter(block -> !COMPARED_WITH_TOOL.contains(block.getKey()))
          .forEach(
              block ->
                  collectClaims(
                      messages.howTo(parts.toolName()),
                      "guide",
                      MarkdownToHtml.reading(block.getValue())));
    }
    plan.headings()
        .forEach(h -> collectClaims(h.text(), h.anchor(), reading(parts.section(h), h.id())));
    plan.faq().forEach(q -> collectClaims(q.text(), q.id(), reading(parts.faq(), q.id())));
    long claims = found.values().stream().filter(f -> f.weight() == Weight.CLAIM).count();
    return found.values().stream()
        .filter(f -> f.weight() == Weight.CLAIM || found.size() <= MAX_CHECKS || claims == 0)
        .map(WeightedCheck::check)
        .limit(MAX_CHECKS)
        .toList();
  }

  private static Reading reading(ArticleParts.Text text, String id) {
    return MarkdownToHtml.reading(text.texts().of(id));
  }

  /** Collects claims. A table row counts as one sentence, because a cell alone lacks context. */
  private void collectClaims(String where, String anchor, Reading text) {
    var sentences = Sentences.of(text.text(), locale);
    Stream.concat(sentences.stream(), text.rows().stream())
        .forEach(
            sentence -> {
              var weight = claimDetector.weight(sentence);
              if (weight != Weight.NONE) {
                var check = Check.of(where, anchor, sentence);
                found.putIfAbsent(sentence, new WeightedCheck(check, weight));
              }
            });
  }

  private record WeightedCheck(Check check, Weight weight) {}
}
