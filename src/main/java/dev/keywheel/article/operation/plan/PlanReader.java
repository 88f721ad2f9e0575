package dev.keywheel.article.operation.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.ImageBrief;
import dev.keywheel.article.plan.PagePlan.Question;
import dev.keywheel.article.plan.PagePlan.Section;
import dev.keywheel.article.plan.Slug;
import dev.keywheel.article.plan.ToolBriefReader;
import dev.keywheel.article.reply.JsonFields;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.db.BoundedText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Parses the page plan from a model's JSON and repairs it by rules. {@link PlanRules} finds the
 * remaining errors.
 */
final class PlanReader {
  static final int TITLE_MAX = 65;
  static final int DESCRIPTION_MAX = 165;

  private static final List<String> HEADING_TEXTS = List.of("text", "heading", "title");

  private static final List<String> QUOTES = List.of("\"\"", "''", "“”", "‘’", "„“", "«»", "「」");

  /**
   * Headings of a FAQ, a conclusion or a summary, with or without a subtitle. A longer heading that
   * only begins with a word such as "summary" is allowed.
   */
  private static final Pattern FORBIDDEN =
      Pattern.compile(
          "(?iu)^(?:frequently asked questions\\b.*|(?:the |in"
              + " )?(?:faqs?|conclusions?|summary|wrap(?:ping)?[- ]?up|final"
              + " thoughts|fazit|conclusión|conclusione)\\s*(?:[:–—].*|\\s-\\s.*|[.!?…]*))$");

  private static final Pattern LABEL =
      Pattern.compile(
          "(?iu)^(?:(?:#{2,}|#(?!\\d)|\\d+[.)](?!\\d))\\s*|(?:section|heading|chapter|part|question|q|abschnitt|kapitel|teil|frage|sección|pregunta|partie)"
              + "\\s?\\d{1,2}\\s*(?:[.:)]|[–—-](?=\\s))\\s*)+");

  private final ArticleRequest articleRequest;
  private final List<String> warnings = new ArrayList<>();

  PlanReader(ArticleRequest articleRequest) {
    this.articleRequest = articleRequest;
  }

  /** Descriptions of the repairs, as sentences for users. */
  List<String> warnings() {
    return warnings;
  }

  PagePlan plan(JsonNode given) {
    var json = PlanMarkupStripper.of(given);
    var title = title(json);
    var summary = JsonFields.line(json, "summary", 500);
    var toolBrief = ToolBriefReader.read(JsonFields.field(json, "tool"));
    var section1 = section(JsonFields.field(json, "section_1"), 1, toolBrief.name());
    var section2 = section(JsonFields.field(json, "section_2"), 2, toolBrief.name());
    var keywords = JsonFields.lines(json, "keywords", 12, 60);
    var primary = JsonFields.line(json, "primary_keyword", 60);
    return new PagePlan(
        title,
        Slug.of(title, "article"),
        description(json, summary, title),
        primary.isEmpty()
            ? (keywords.isEmpty()
                ? TextCleaner.cut(articleRequest.topic(), 60)
                : keywords.getFirst())
            : primary,
        keywords,
        summary,
        section1,
        section2,
        questions(json),
        toolBrief,
        image(JsonFields.field(json, "image"), title));
  }

  private String title(JsonNode json) {
    var title = unquoted(JsonFields.line(json, "title"));
    if (title.length() > TITLE_MAX) {
      warnings.add("The title had " + title.length() + " characters and was cut at a word.");
    }
    return TextCleaner.cut(title, TITLE_MAX);
  }

  /** Strips numbering such as "1." or "Part 2:" from a line; "Part 2:" without other text stays. */
  private static String unlabelled(String line) {
    var text = LABEL.matcher(line).replaceFirst("");
    return text.isEmpty() && !line.matches("[#\\d.)\\s]*") ? line : text;
  }

  /** Removes quotation marks around the whole text, but not around a part of it. */
  private static String unquoted(String line) {
    for (var pair : QUOTES) {
      if (line.length() > 2
          && line.charAt(0) == pair.charAt(0)
          && line.endsWith(pair.substring(1))) {
        var inside = line.substring(1, line.length() - 1);
        if (inside.indexOf(pair.charAt(0)) < 0 && inside.indexOf(pair.charAt(1)) < 0) {
          return unquoted(inside.strip());
        }
      }
    }
    return line;
  }

  private String description(JsonNode json, String summary, String title) {
    var given = JsonFields.line(json, "meta_description");
    var text = given.isEmpty() ? (summary.isEmpty() ? title : summary) : given;
    if (given.isEmpty()) {
      warnings.add(
          "The meta description was missing and was taken from the "
              + (summary.isEmpty() ? "title." : "summary."));
    }
    if (text.length() <= DESCRIPTION_MAX) {
      return text;
    }
    warnings.add("The meta description had " + text.length() + " characters and was shortened.");
    var whole = Sentences.whole(BoundedText.start(text, DESCRIPTION_MAX));
    return whole.length() >= 100 && Sentences.finished(whole)
        ? whole
        : TextCleaner.cut(text, DESCRIPTION_MAX - 1) + "…";
  }

  private Section section(JsonNode json, int number, String tool) {
    var title = unlabelled(JsonFields.line(json, "title", 90));
    var raw = JsonFields.objects(json, "headings", 7, h -> heading(h, tool));
    var headings = withoutRepetitions(raw);
    int share =
        headings.isEmpty() ? 0 : Math.max(80, articleRequest.length().words() / headings.size());
    var numbered = new ArrayList<Heading>();
    for (var h : headings) {
      var id = "s" + number + "-" + (numbered.size() + 1);
      int words = h.words() >= 40 && h.words() <= share * 3 ? h.words() : share;
      numbered.add(
          new Heading(id, id + "-" + Slug.of(h.text(), "part"), h.text(), h.points(), words));
    }
    return new Section(
        title.isEmpty() && !headings.isEmpty() ? headings.getFirst().text() : title, numbered);
  }

  private Optional<Heading> heading(JsonNode json, String tool) {
    var text =
        unlabelled(
            TextCleaner.cut(
                json.isTextual()
                    ? TextCleaner.line(json.asText())
                    : JsonFields.line(json, HEADING_TEXTS),
                90));
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (FORBIDDEN.matcher(text).matches() || aboutTool(text, tool)) {
      warnings.add("The heading \"" + text + "\" was dropped: another part of the page covers it.");
      return Optional.empty();
    }
    var words = JsonFields.number(json, "words");
    return Optional.of(
        new Heading(
            "",
            "",
            text,
            JsonFields.lines(json, "points", 5, 160),
            words == null ? 0 : words.intValue()));
  }

  /** Whether a heading only asks what the tool is or how to use it; a longer heading is allowed. */
  private static boolean aboutTool(String heading, String tool) {
    return !tool.isEmpty()
        && Pattern.compile(
                "(?iu)(?:what is|how to use|how do (?:i|you)"
                    + " use|using)\\s+(?:(?:the|this|an?|our|your)\\s+)?"
                    + Pattern.quote(tool)
                    + "(?:\\s+(?:correctly|properly|step by step))?\\s*[.!?:…]*")
            .matcher(heading)
            .matches();
  }

  /** Drops each heading that repeats an earlier one, as long as two headings remain. */
  private List<Heading> withoutRepetitions(List<Heading> headings) {
    var kept = new ArrayList<Heading>();
    int left = headings.size();
    for (var heading : headings) {
      boolean repeated =
          kept.stream()
              .anyMatch(k -> Tokenizer.similarity(k.text(), heading.text()) > PlanRules.TOO_ALIKE);
      if (repeated && left > 2) {
        left--;
        warnings.add(
            "The heading \""
                + heading.text()
                + "\" was dropped: another heading says the same thing.");
      } else {
        kept.add(heading);
      }
    }
    return kept;
  }

  private List<Question> questions(JsonNode json) {
    var questions = new ArrayList<Question>();
    for (var asked : JsonFields.lines(json, "faq", 8, 140)) {
      var line = unlabelled(asked);
      if (line.isEmpty()) {
        continue;
      }
      boolean asks =
          line.endsWith("?") || line.endsWith("？") || line.endsWith("؟") || line.endsWith(";");
      questions.add(
          new Question(
              "q" + (questions.size() + 1), asks ? line : line.replaceAll("[.!:]+$", "") + "?"));
    }
    return questions;
  }

  private static ImageBrief image(JsonNode json, String title) {
    var prompt = JsonFields.line(json, "prompt", 600);
    var alt = JsonFields.line(json, "alt", 140);
    return new ImageBrief(
        prompt.isEmpty() ? "An inviting scene about: " + title : prompt,
        alt.isEmpty() ? title : alt);
  }
}
