package dev.keywheel.article.page;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.text.Markdown.Links;
import dev.keywheel.article.tool.ToolDocument;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Everything an article is assembled from: the current version of each part.
 *
 * @param tool null when there is none that may be published
 * @param links whether links in the texts stand: only in parts that a person has edited, by part
 * @param picture whether there is a picture
 * @param pictureAlt words for those who do not see it
 */
public record ArticleParts(
    String language,
    PagePlan plan,
    @Nullable ToolDocument tool,
    Text guide,
    Text section1,
    Text section2,
    Text faq,
    boolean picture,
    String pictureAlt,
    Instant published,
    Instant updated,
    @Nullable String reviewedBy) {

  /** Texts of a part, and what becomes of links in it. */
  public record Text(Texts texts, Links links) {
    public static final Text NONE = new Text(new Texts(java.util.Map.of()), Links.DROPPED);
  }

  Text section(int number) {
    return number == 1 ? section1 : section2;
  }
}
