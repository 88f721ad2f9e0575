package dev.keywheel.article.page;

import dev.keywheel.article.page.Quality.Check;
import dev.keywheel.article.page.Quality.Group;
import dev.keywheel.article.page.Quality.Measure;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.text.Clean;
import dev.keywheel.article.text.Overlap;
import dev.keywheel.article.text.Overlap.Shingles;
import dev.keywheel.article.text.Readability;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.Words;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.Finding;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Measures an article: fixed groups with fixed weights, each a sum of checks that code can decide.
 * The weights: completeness 20, structure 15, tool 20, originality 10, readability 10, search data
 * 10, fidelity to the plan 10, safety 5.
 */
public final class Scoring {
  private static final Pattern CHECKABLE =
      Pattern.compile(
          "(?<![\\w@])(?:[$€£]\\s?\\d[\\d.,]*|\\d[\\d.,]*\\s?(?:%|percent|years?|million|billion|euros?|dollars?)|(?:1[89]|20)\\d{2})(?!\\w)");
  private static final Pattern NAME =
      Pattern.compile("(?<=[a-z,;] )\\p{Lu}\\p{L}+(?: \\p{Lu}\\p{L}+)+");
  private static final Pattern SUSPICIOUS =
      Pattern.compile("(?i)\\bas an ai\\b|\\[insert|lorem ipsum|https?://");

  private static final int MOST_CHECKS = 40;
  private static final int LONGEST_CHECK = 240;

  private final ArticleParts parts;
  private final List<Finding> toolFindings;
  private final BrowserCheck browser;
  private final String text;
  private final List<Group> groups = new ArrayList<>();

  private Scoring(ArticleParts parts, List<Finding> toolFindings, BrowserCheck browser) {
    this.parts = parts;
    this.toolFindings = toolFindings;
    this.browser = browser;
    this.text = new Assembly(parts).plainText();
  }

  /**
   * @param toolFindings of the tool that stands in the page; empty without a tool
   * @param browser what its test in a browser showed
   */
  public static Quality of(ArticleParts parts, List<Finding> toolFindings, BrowserCheck browser) {
    return new Scoring(parts, toolFindings, browser).quality();
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
    return new Quality(score, List.copyOf(groups), measures(), check());
  }

  private void completeness() {
    var notes = new ArrayList<String>();
    var headings = parts.plan().headings().toList();
    for (var h : headings) {
      var block = block(h);
      if (block.isBlank()) {
        notes.add("No text under \"" + h.text() + "\".");
      } else if (Words.count(plain(h)) < h.words() * 0.6) {
        notes.add("\"" + h.text() + "\" is short.");
      } else if (!Sentences.finished(block)) {
        notes.add("\"" + h.text() + "\" breaks off.");
      }
    }
    parts.plan().faq().stream()
        .filter(q -> parts.faq().texts().of(q.id()).isBlank())
        .forEach(q -> notes.add("No answer to \"" + q.text() + "\"."));
    if (parts.guide().texts().blocks().isEmpty() && parts.tool() != null) {
      notes.add("The tool has no guide.");
    }
    if (!parts.picture()) {
      notes.add("There is no picture.");
    }
    group("Completeness", 20, notes, 4);
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
                notes.add("Two headings have the same address.");
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
    if (parts.tool() == null) {
      groups.add(new Group("Tool", 0, 20, List.of("There is no tool.")));
      return;
    }
    toolFindings.stream().map(f -> f.line("")).forEach(notes::add);
    switch (browser.state()) {
      case PASSED -> {}
      case FAILED -> notes.add("Its test in a browser failed.");
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
                        + o.test().test().set()
                        + "."));
    group("Tool", 20, notes, 3);
  }

  private void originality() {
    var notes = new ArrayList<String>();
    var first = parts.section1().plain().stream().map(Shingles::of).toList();
    for (var plain : parts.section2().plain()) {
      var block = Shingles.of(plain);
      if (first.stream().anyMatch(f -> block.containedIn(f) > 0.18)) {
        notes.add("Section 2 repeats section 1: \"" + Clean.cut(plain, 60) + "…\"");
      }
    }
    Overlap.repeated(text).ifPresent(r -> notes.add("\"" + r + "\" is said three times or more."));
    var sections =
        Shingles.of(
            String.join("\n", parts.section1().plain())
                + "\n"
                + String.join("\n", parts.section2().plain()));
    for (var id : parts.faq().texts().blocks().keySet()) {
      if (Shingles.of(parts.faq().plain(id)).containedIn(sections) > 0.5) {
        notes.add("The answer " + id + " repeats a section.");
      }
    }
    group("Originality", 10, notes, 3);
  }

  private void readability() {
    var notes = new ArrayList<String>();
    var r = Readability.of(text, parts.language());
    if (r.sentenceLength() > 25) {
      notes.add("Sentences have " + Math.round(r.sentenceLength()) + " words on average.");
    }
    if (r.ease() < 30) {
      notes.add("The text is hard to read (" + r.measure() + ").");
    }
    if (r.longestParagraph() > 150) {
      notes.add("A paragraph has " + r.longestParagraph() + " words.");
    }
    group("Readability", 10, notes, 3);
  }

  private void searchData() {
    var notes = new ArrayList<String>();
    var plan = parts.plan();
    int title = plan.title().length();
    if (title < 30 || title > 60) {
      notes.add("The title has " + title + " characters; 30 to 60 are shown whole.");
    }
    int description = plan.metaDescription().length();
    if (description < 120 || description > 165) {
      notes.add("The description has " + description + " characters; 140 to 160 are best.");
    }
    var keyword = plan.primaryKeyword().toLowerCase(Locale.ROOT);
    if (!plan.title().toLowerCase(Locale.ROOT).contains(keyword)
        && Words.alike(plan.title(), keyword) < 0.3) {
      notes.add("The main keyword is not in the title.");
    }
    if (!text.toLowerCase(Locale.ROOT).contains(keyword)) {
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
      var words = new HashSet<>(Words.content(plain(h)));
      for (var point : h.points()) {
        points++;
        var wanted = Words.content(point);
        if (wanted.isEmpty()
            || wanted.stream().filter(w -> said(words, w)).count() * 3 >= wanted.size()) {
          found++;
        } else {
          notes.add("\"" + h.text() + "\" may lack: " + point);
        }
      }
    }
    int reached = points == 0 ? 10 : (int) Math.round(10.0 * found / points);
    groups.add(new Group("Fidelity to the plan", reached, 10, notes.stream().limit(8).toList()));
  }

  /** The word or one that begins alike: tax, taxes, taxed. */
  private static boolean said(HashSet<String> words, String word) {
    var stem = word.length() > 5 ? word.substring(0, word.length() - 2) : word;
    return words.contains(word) || words.stream().anyMatch(w -> w.startsWith(stem));
  }

  private void safety() {
    var notes = new ArrayList<String>();
    var suspicious = SUSPICIOUS.matcher(text);
    if (suspicious.find()) {
      notes.add("The text contains \"" + suspicious.group() + "\".");
    }
    group("Safety", 5, notes, 5);
  }

  private void group(String name, int of, List<String> notes, int each) {
    groups.add(new Group(name, Math.max(0, of - each * notes.size()), of, List.copyOf(notes)));
  }

  private String block(Heading h) {
    return section(h).texts().of(h.id());
  }

  private String plain(Heading h) {
    return section(h).plain(h.id());
  }

  private ArticleParts.Text section(Heading h) {
    return parts.section(h.id().startsWith("s1") ? 1 : 2);
  }

  private List<Measure> measures() {
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
  private List<Check> check() {
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
    plan.headings().forEach(h -> look(h.text(), h.anchor(), plain(h), found));
    plan.faq().forEach(q -> look(q.text(), q.id(), parts.faq().plain(q.id()), found));
    return found.stream().distinct().limit(MOST_CHECKS).toList();
  }

  private void look(String where, String anchor, String text, List<Check> found) {
    for (var sentence : Sentences.of(text, Locale.forLanguageTag(parts.language()))) {
      if (CHECKABLE.matcher(sentence).find() || NAME.matcher(sentence).find()) {
        found.add(new Check(where, anchor, Clean.cut(sentence, LONGEST_CHECK)));
      }
    }
  }
}
