package dev.keywheel.article.export;

import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.PageWords;
import dev.keywheel.article.text.Clean;
import java.util.List;

/** The article as markdown with front matter. */
final class MarkdownFile {
  private static final List<String> GUIDE_ORDER =
      List.of("intro", "what", "steps", "example", "limits");

  private MarkdownFile() {}

  /** {@code picture} and {@code tool}: files beside it; an empty picture leaves it out. */
  static String of(ArticleFile file, String picture, String tool) {
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
    out.append("ai: true\n---\n\n# ").append(plan.title()).append("\n\n");
    if (!plan.summary().isEmpty()) {
      out.append(plan.summary()).append("\n\n");
    }
    if (!picture.isEmpty()) {
      out.append("![")
          .append(parts.pictureAlt().replaceAll("[\\[\\]]", ""))
          .append("](")
          .append(picture)
          .append(")\n\n");
    }
    if (parts.tool() != null) {
      out.append("## ")
          .append(plan.tool().name())
          .append("\n\n[")
          .append(plan.tool().name())
          .append("](")
          .append(tool)
          .append(")\n\n");
      guide(out, parts);
    }
    section(out, parts, 1);
    section(out, parts, 2);
    faq(out, parts);
    return out.toString().stripTrailing() + "\n";
  }

  private static void guide(StringBuilder out, ArticleParts parts) {
    if (parts.guide().texts().blocks().isEmpty()) {
      return;
    }
    out.append("## ")
        .append(PageWords.of(parts.language()).howTo(parts.plan().tool().name()))
        .append("\n\n");
    GUIDE_ORDER.stream()
        .map(parts.guide().texts()::of)
        .filter(t -> !t.isBlank())
        .forEach(t -> out.append(block(t)));
  }

  private static void section(StringBuilder out, ArticleParts parts, int number) {
    var section = parts.plan().section(number);
    var texts = (number == 1 ? parts.section1() : parts.section2()).texts();
    if (texts.blocks().isEmpty()) {
      return;
    }
    out.append("## ").append(section.title()).append("\n\n");
    for (var h : section.headings()) {
      if (!texts.of(h.id()).isBlank()) {
        out.append("### ").append(h.text()).append("\n\n").append(block(texts.of(h.id())));
      }
    }
  }

  private static void faq(StringBuilder out, ArticleParts parts) {
    if (parts.faq().texts().blocks().isEmpty()) {
      return;
    }
    out.append("## ").append(PageWords.of(parts.language()).faq()).append("\n\n");
    for (var q : parts.plan().faq()) {
      if (!parts.faq().texts().of(q.id()).isBlank()) {
        out.append("### ")
            .append(q.text())
            .append("\n\n")
            .append(block(parts.faq().texts().of(q.id())));
      }
    }
  }

  /** A block as its author wrote it, with HTML as text and its own headings below the page's. */
  private static String block(String markdown) {
    var text = Clean.text(markdown).strip().replaceAll("(?m)^#{1,6}\\s+", "#### ");
    return text.replaceAll("<(?=[A-Za-z/!?])", "&lt;") + "\n\n";
  }

  private static void field(StringBuilder out, String name, String value) {
    out.append(name).append(": ").append(quoted(value)).append('\n');
  }

  private static String quoted(String value) {
    return "\"" + Clean.line(value).replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
