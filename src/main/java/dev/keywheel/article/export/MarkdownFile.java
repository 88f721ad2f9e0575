package dev.keywheel.article.export;

import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.Assembly;
import dev.keywheel.article.page.PageMessages;
import dev.keywheel.article.text.MarkdownWriter;
import dev.keywheel.article.text.TextCleaner;

/** The article as Markdown with front matter. */
final class MarkdownFile {
  private MarkdownFile() {}

  /**
   * @param picture a relative path; empty for none
   */
  static String of(ArticleFile file, String picture) {
    var parts = file.parts();
    var plan = parts.plan();
    var out = new StringBuilder("---\n");
    field(out, "title", plan.title());
    field(out, "slug", plan.slug());
    field(out, "description", plan.metaDescription());
    out.append("keywords: [")
        .append(String.join(", ", plan.keywords().stream().map(MarkdownFile::quoted).toList()))
        .append("]\n");
    field(out, "date", parts.published().toString());
    field(out, "lang", parts.language());
    var publication = parts.publication();
    if (publication.address() != null) {
      field(out, "canonical", publication.address());
    }
    if (!publication.author().isEmpty()) {
      field(out, "author", publication.author());
    }
    if (!picture.isEmpty()) {
      field(out, "image", picture);
    }
    out.append("ai: true\n---\n\n");
    var text = new MarkdownWriter().heading(1, plan.title()).paragraph(plan.summary());
    if (!picture.isEmpty()) {
      text.picture(picture, parts.pictureAlt());
    }
    if (parts.tool() != null) {
      text.heading(2, parts.toolName()).paragraph(plan.tool().purpose());
      text.link("tool.html", parts.toolName());
      guide(text, parts);
    }
    section(text, parts, 1);
    section(text, parts, 2);
    faq(text, parts);
    return out.append(text.text()).toString();
  }

  private static void guide(MarkdownWriter out, ArticleParts parts) {
    var guide = parts.guide();
    var ids = Assembly.GUIDE_BLOCKS.stream().filter(id -> !guide.texts().of(id).isBlank()).toList();
    if (!ids.isEmpty()) {
      out.heading(2, PageMessages.of(parts.language()).howTo(parts.toolName()));
    }
    ids.forEach(id -> guide.write(id, out));
  }

  private static void section(MarkdownWriter out, ArticleParts parts, int number) {
    var section = parts.plan().section(number);
    var text = number == 1 ? parts.section1() : parts.section2();
    var headings =
        section.headings().stream().filter(h -> !text.texts().of(h.id()).isBlank()).toList();
    if (!headings.isEmpty()) {
      out.heading(2, section.title());
    }
    for (var h : headings) {
      out.heading(3, h.text());
      text.write(h.id(), out);
    }
  }

  private static void faq(MarkdownWriter out, ArticleParts parts) {
    var faq = parts.faq();
    var answered =
        parts.plan().faq().stream().filter(q -> !faq.texts().of(q.id()).isBlank()).toList();
    if (!answered.isEmpty()) {
      out.heading(2, PageMessages.of(parts.language()).faq());
    }
    for (var q : answered) {
      out.heading(3, q.text());
      faq.write(q.id(), out);
    }
  }

  private static void field(StringBuilder out, String name, String value) {
    out.append(name).append(": ").append(quoted(value)).append('\n');
  }

  private static String quoted(String value) {
    return "\"" + TextCleaner.line(value).replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
