package dev.keywheel.article.export;

import dev.keywheel.article.page.ArticleBody;
import dev.keywheel.article.page.ArticleBody.Figure;
import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.CoverImage;
import dev.keywheel.article.text.WritingSystem;
import dev.keywheel.db.TextResource;
import gg.jte.Content;
import gg.jte.generated.precompiled.StaticTemplates;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The template model of an article as a self-contained HTML page.
 *
 * @param address public URL of the article; null while unknown
 * @param cover the preview image for other sites; null when there is no picture
 * @param note HTML comment for the publisher; empty if the address is known
 * @param css style element with the stylesheet of articles
 * @param jsonLd script element with the structured data, whose text cannot end the element
 * @param script script element that receives the height of the tool from its frame
 */
public record StandalonePage(
    ArticleBody body,
    String description,
    String indexing,
    String direction,
    Instant published,
    Instant updated,
    @Nullable String address,
    @Nullable Figure cover,
    Content note,
    Content css,
    Content jsonLd,
    Content script) {
  private static final String NOTE =
      "<!-- This page was exported without a public address. Add its own URL here as link rel=canonical and og:url, and the full URL of the cover as og:image. -->";
  private static final StaticTemplates TEMPLATES = new StaticTemplates();

  static String html(ArticleParts parts, ArticleBody body) {
    var page =
        new StandalonePage(
            body,
            parts.plan().metaDescription(),
            parts.reviewed() == null ? "noindex" : "index, follow",
            WritingSystem.direction(parts.language()),
            parts.published(),
            parts.updated(),
            parts.publication().address(),
            cover(parts),
            raw(parts.publication().address() == null ? NOTE : ""),
            raw("<style>" + TextResource.read("article/article.css") + "</style>"),
            raw(
                "<script type=\"application/ld+json\">"
                    + StructuredData.of(parts).script()
                    + "</script>"),
            raw("<script>" + TextResource.read("article/frame.js") + "</script>"));
    return TEMPLATES.articlesStandalone(page).render();
  }

  private static @Nullable Figure cover(ArticleParts parts) {
    return parts.picture()
        ? new Figure(
            parts.publication().picture(), parts.pictureAlt(), CoverImage.WIDTH, CoverImage.HEIGHT)
        : null;
  }

  private static Content raw(String text) {
    return output -> output.writeContent(text);
  }
}
