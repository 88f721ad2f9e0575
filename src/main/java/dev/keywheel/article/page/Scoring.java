package dev.keywheel.article.page;

import dev.keywheel.article.page.Quality.Group;
import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.Question;
import dev.keywheel.article.text.Placeholders;
import dev.keywheel.article.text.RawHtmlTags;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.text.TextSimilarity;
import dev.keywheel.article.text.TextSimilarity.Shingles;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.article.text.WritingSystem;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.Finding;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;

/**
 * Scores an article in fixed groups with fixed weights: completeness 20, structure 15, tool 20,
 * originality 10, readability 10, search data 10, fidelity to the plan 10, safety 5.
 */
public final class Scoring {
  private final ArticleParts parts;
  private final List<ContentGap> gaps;
  private final List<Finding> toolFindings;
  private final BrowserCheck browser;
  private final String text;
  private final List<Group> groups = new ArrayList<>();

  private Scoring(
      ArticleParts parts, List<ContentGap> gaps, List<Finding> toolFindings, BrowserCheck browser) {
    this.parts = parts;
    this.gaps = gaps;
    this.toolFindings = toolFindings;
    this.browser = browser;
    this.text = new Assembly(parts).plainText();
  }

  /**
   * @param gaps missing or wrong content
   * @param toolFindings findings about the published tool; empty without a tool
   */
  public static Quality of(
      ArticleParts parts, List<ContentGap> gaps, List<Finding> toolFindings, BrowserCheck browser) {
    return new Scoring(parts, gaps, toolFindings, browser).quality();
  }

  private Quality quality() {
    completeness();
    structure();
    tool();
    originality();
    readability();
    searchData();
    fidelity();
    safety();
    int score = groups.stream().mapToInt(Group::points).sum();
    var measures = new Measures(parts, text);
    return new Quality(score, List.copyOf(groups), measures.list(), measures.checks());
  }

  /** Each missing or wrong block costs the same. */
  private void completeness() {
    int blocks = gaps.stream().mapToInt(ContentGap::blocks).sum();
    var notes = gaps.stream().map(ContentGap::text).toList();
    groups.add(new Group("Completeness", Math.max(0, 20 - 4 * blocks), 20, notes));
  }

  private void structure() {
    var notes = new ArrayList<String>();
    var body = new Assembly(parts).body(new Assembly.Sources("cover.png", "tool", null));
    var anchors = new HashSet<String>();
    body.contents()
        .forEach(
            e -> {
              if (!anchors.add(e.anchor())
                  || e.below().stream().anyMatch(b -> !anchors.add(b.anchor()))) {
                notes.add("Two headings have the same anchor.");
              }
            });
    if (body.sections().size() < 2) {
      notes.add("There are fewer than two sections.");
    }
    if (body.sections().stream().anyMatch(s -> s.blocks().size() < 2)) {
      notes.add("A section has only one heading.");
    }
    if (body.faq() == null) {
      notes.add("There are no questions.");
    }
    group("Structure", 15, notes, 4);
  }

  private void tool() {
    var notes = new ArrayList<String>();
    var tool = parts.tool();
    if (tool == null) {
      groups.add(new Group("Tool", 0, 20, List.of("There is no tool.")));
      return;
    }
    toolFindings.stream().map(f -> f.line("")).forEach(notes::add);
    switch (browser.state()) {
      case PASSED -> {}
      case FAILED -> notes.add("Its test in a browser failed.");
      case NOT_COMPARED -> notes.add("None of its numbers was compared with an expected value.");
      case NOT_RUN -> notes.add("It was not run in a browser: " + browser.why());
    }
    browser.observed().stream()
        .filter(o -> !o.passed())
        .forEach(
            o ->
                notes.add(
                    "The "
                        + o.test().source()
                        + " expects another result for "
                        + tool.manifest().described(o.test().test().set())
                        + "."));
    group("Tool", 20, notes, 3);
  }

  private void originality() {
    var notes = new ArrayList<String>();
    var first = parts.section1().plain().stream().map(Shingles::of).toList();
    for (var plain : parts.section2().plain()) {
      var block = Shingles.of(plain);
      if (first.stream().anyMatch(f -> block.containedIn(f) > TextSimilarity.MAX_SHARED_BY_BLOCK)) {
        notes.add("Section 2 repeats section 1: \"" + TextCleaner.cut(plain, 60) + "…\"");
      }
    }
    TextSimilarity.repeated(text)
        .ifPresent(r -> notes.add("Repeated phrase (3 or more times): \"" + r + "\""));
    var sections =
        Shingles.of(
            String.join("\n", parts.section1().plain())
                + "\n"
                + String.join("\n", parts.section2().plain()));
    for (var question : parts.plan().faq()) {
      var answer = Shingles.of(parts.faq().plain(question.id()));
      if (answer.containedIn(sections) > TextSimilarity.MAX_SHARED_BY_ANSWER) {
        notes.add("The answer to \"" + question.text() + "\" repeats a section.");
      }
    }
    group("Originality", 10, notes, 3);
  }

  private void readability() {
    var notes = new ArrayList<String>();
    var r = Readability.of(text, parts.language());
    var writingSystem = WritingSystem.of(parts.language());
    if (r.sentenceLength() > writingSystem.maxWords(25)) {
      notes.add("Sentences have " + Math.round(r.sentenceLength()) + " words on average.");
    }
    if (r.ease() < 30) {
      notes.add("The text is hard to read (" + r.measure() + ").");
    }
    if (r.longestParagraph() > writingSystem.maxWords(150)) {
      notes.add("A paragraph has " + r.longestParagraph() + " words.");
    }
    group("Readability", 10, notes, 3);
  }

  private void searchData() {
    var notes = new ArrayList<String>();
    var plan = parts.plan();
    int title = plan.title().length();
    var writingSystem = WritingSystem.of(parts.language());
    int least = writingSystem.characters(30);
    int most = writingSystem.characters(60);
    if (title < least || title > most) {
      notes.add("The title has " + title + " characters; " + least + " to " + most + " are best.");
    }
    int description = plan.metaDescription().length();
    if (description < writingSystem.characters(120)
        || description > writingSystem.characters(165)) {
      notes.add(
          "The description has %s characters; %s to %s are best."
              .formatted(
                  description, writingSystem.characters(140), writingSystem.characters(160)));
    }
    var keyword = plan.primaryKeyword();
    if (!keyword.isBlank()
        && Tokenizer.occurrences(plan.title(), keyword) == 0
        && Tokenizer.similarity(plan.title(), keyword) < 0.3) {
      notes.add("The main keyword is not in the title.");
    }
    if (!keyword.isBlank() && Tokenizer.occurrences(text, keyword) == 0) {
      notes.add("The main keyword is not in the text.");
    }
    if (parts.pictureAlt().isBlank()) {
      notes.add("The picture has no description.");
    }
    group("Search data", 10, notes, 2);
  }

  private void fidelity() {
    long points = 0;
    long found = 0;
    var notes = new ArrayList<String>();
    for (var h : parts.plan().headings().toList()) {
      var words = new HashSet<>(Tokenizer.content(plain(h)));
      for (var point : h.points()) {
        points++;
        var wanted = Tokenizer.content(point);
        if (wanted.isEmpty()
            || wanted.stream().filter(w -> mentions(words, w)).count() * 3 >= wanted.size()) {
          found++;
        } else {
          notes.add("\"" + h.text() + "\" may lack: " + point);
        }
      }
    }
    int reached = points == 0 ? 10 : (int) Math.round(10.0 * found / points);
    groups.add(new Group("Fidelity to the plan", reached, 10, notes.stream().limit(8).toList()));
  }

  /** Whether the text has this word or one that begins with its stem: tax, taxes, taxed. */
  private static boolean mentions(HashSet<String> words, String word) {
    var stem = word.length() > 5 ? word.substring(0, word.length() - 2) : word;
    return words.contains(word) || words.stream().anyMatch(w -> w.startsWith(stem));
  }

  private void safety() {
    var notes = new ArrayList<String>();
    Placeholders.first(text)
        .ifPresent(placeholder -> notes.add("The text contains \"" + placeholder + "\"."));
    ContactDetector.in(text).forEach(contact -> notes.add("The text contains " + contact + "."));
    written()
        .flatMap(markdown -> RawHtmlTags.first(markdown).stream())
        .findFirst()
        .ifPresent(tag -> notes.add("The text shows HTML tags as text: " + tag));
    group("Safety", 5, notes, 5);
  }

  /** The title, the summary, the headings, the questions and the texts as Markdown. */
  private Stream<String> written() {
    var plan = parts.plan();
    var texts =
        Stream.of(parts.guide(), parts.section1(), parts.section2(), parts.faq())
            .flatMap(t -> t.texts().blocks().values().stream());
    return Stream.of(
            Stream.of(plan.title(), plan.summary()),
            plan.headings().map(Heading::text),
            plan.faq().stream().map(Question::text),
            texts)
        .flatMap(s -> s);
  }

  private void group(String name, int of, List<String> notes, int each) {
    groups.add(new Group(name, Math.max(0, of - each * notes.size()), of, List.copyOf(notes)));
  }

  private String plain(Heading h) {
    return parts.section(h).plain(h.id());
  }
}
