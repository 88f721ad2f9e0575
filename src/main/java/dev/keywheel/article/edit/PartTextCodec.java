package dev.keywheel.article.edit;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.keywheel.article.operation.plan.MetaOperation;
import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Section;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.reply.Blocks;
import dev.keywheel.article.run.model.Headings;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartBodies.ImageBody;
import dev.keywheel.article.run.model.PartBodies.ReviewBody;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.article.tool.rules.ToolLinter;
import dev.keywheel.db.Json;
import dev.keywheel.problem.Rejected;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Converts parts to text that a user can edit, and back. Edited text must meet the same rules as a
 * model's reply.
 */
final class PartTextCodec {
  private PartTextCodec() {}

  static String of(Part part) {
    return switch (part.name()) {
      case PLAN -> pretty(planned(part.as(PagePlan.class)));
      case TOOL -> part.as(ToolBody.class).document().html();
      case REVIEW -> pretty(part.as(ReviewBody.class));
      case GUIDE, SECTION_1, SECTION_2, FAQ ->
          part.as(TextBody.class).texts().blocks().entrySet().stream()
              .map(e -> "@@" + e.getKey() + "@@\n" + e.getValue())
              .collect(Collectors.joining("\n\n"));
      case IMAGE -> part.as(ImageBody.class).alt();
    };
  }

  /** Parses the text of a guide, section or FAQ from a form. */
  static TextBody texts(String source, PartName part, PagePlan plan, TextBody current) {
    var headings = Headings.of(plan, part).with(current);
    var titles = part == PartName.GUIDE ? guide() : headings.byId();
    var unmarked = new LinkedHashMap<String, String>();
    titles.keySet().forEach(id -> unmarked.put(id, ""));
    var found = Blocks.read(TextCleaner.text(source), unmarked);
    if (found.texts().isEmpty()) {
      throw new Rejected("source", "The text needs its marker lines: " + marks(titles) + ".");
    }
    if (!found.repeated().isEmpty()) {
      throw new Rejected(
          "source", "The marker @@" + found.repeated().getFirst() + "@@ appears twice.");
    }
    found.ignored().stream()
        .findFirst()
        .ifPresent(
            id -> {
              throw new Rejected("source", ignored(id) + " Its blocks are " + marks(titles) + ".");
            });
    return headings.written(new Texts(found.texts()));
  }

  private static String ignored(String id) {
    return id.isEmpty()
        ? "The text before the first marker line belongs to no block of this part."
        : "There is no block @@" + id + "@@ in this part.";
  }

  static boolean same(Part version, String typed) {
    return TextCleaner.text(typed).strip().equals(TextCleaner.text(of(version)).strip());
  }

  /**
   * Warnings about headings that lost their text, for example because a marker line was changed.
   */
  static List<String> emptied(PartSet before, PartName part, Object body) {
    if (!(body instanceof TextBody now) || before.plan().isEmpty()) {
      return List.of();
    }
    var titles = part == PartName.GUIDE ? guide() : Headings.of(before.plan().get(), part).byId();
    var had = before.texts(part);
    return titles.entrySet().stream()
        .filter(t -> !had.of(t.getKey()).isBlank() && now.texts().of(t.getKey()).isBlank())
        .map(
            t ->
                switch (part) {
                  case FAQ -> "There is no answer to \"" + t.getValue() + "\" now.";
                  case GUIDE -> "The guide has no block @@" + t.getKey() + "@@ now.";
                  case PLAN, TOOL, REVIEW, SECTION_1, SECTION_2, IMAGE ->
                      "There is no text under \"" + t.getValue() + "\" now.";
                })
        .toList();
  }

  private static String marks(Map<String, String> titles) {
    return titles.keySet().stream().map(id -> "@@" + id + "@@").collect(Collectors.joining(", "));
  }

  private static Map<String, String> guide() {
    var titles = new LinkedHashMap<String, String>();
    Assembly.GUIDE_BLOCKS.forEach(id -> titles.put(id, ""));
    return titles;
  }

  /** Parses and checks a tool from a form. A tool with errors is rejected with a list of them. */
  static ToolBody tool(String source, PagePlan plan, String language, ToolCheck check) {
    var html =
        ToolDocument.find(source)
            .orElseThrow(
                () ->
                    new Rejected("source", "This is not an HTML document: it has no <html> tag."));
    var tool = ToolDocument.of(html, plan.tool(), language);
    var errors = errors(ToolLinter.check(tool, language));
    if (!errors.isEmpty()) {
      throw new Rejected("source", "The tool was not saved. " + errors);
    }
    var seen =
        ToolAssessment.of(
            tool, language, ToolAssessment.tests(plan.tool(), tool, List.of()), check);
    if (!seen.acceptable()) {
      throw new Rejected("source", "The tool does not work. " + errors(seen.all()));
    }
    return new ToolBody(tool, true, "edit", seen.all(), seen.browser());
  }

  private static String errors(List<Finding> findings) {
    return findings.stream()
        .filter(Finding::isError)
        .limit(5)
        .map(Finding::message)
        .collect(Collectors.joining(" "));
  }

  /** Parses a plan from a form, in the JSON structure that models return. */
  static PagePlan plan(String source, ArticleRequest articleRequest) {
    var read = new MetaOperation(articleRequest).read(source, false);
    var plan = read.value();
    if (plan == null) {
      throw new Rejected("source", "The plan cannot be used: " + String.join(" ", read.errors()));
    }
    return plan;
  }

  private static Map<String, Object> planned(PagePlan plan) {
    var json = new LinkedHashMap<String, Object>();
    json.put("title", plan.title());
    json.put("meta_description", plan.metaDescription());
    json.put("primary_keyword", plan.primaryKeyword());
    json.put("keywords", plan.keywords());
    json.put("summary", plan.summary());
    json.put("section_1", section(plan.section1()));
    json.put("section_2", section(plan.section2()));
    json.put("faq", plan.faq().stream().map(PagePlan.Question::text).toList());
    json.put("tool", plan.tool());
    json.put("image", plan.image());
    return json;
  }

  private static Map<String, Object> section(Section section) {
    var headings =
        section.headings().stream()
            .map(h -> Map.of("text", h.text(), "points", h.points(), "words", h.words()))
            .toList();
    return Map.of("title", section.title(), "headings", headings);
  }

  private static String pretty(Object value) {
    try {
      return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
