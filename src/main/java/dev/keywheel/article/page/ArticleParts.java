package dev.keywheel.article.page;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.text.Markdown;
import dev.keywheel.article.text.Markdown.Links;
import dev.keywheel.article.text.MarkdownWriter;
import dev.keywheel.article.text.SafeHtml;
import dev.keywheel.article.tool.ToolDocument;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything an article is assembled from: the current version of each part.
 *
 * @param tool null when there is none that may be published
 * @param links whether links in the texts stand: only in parts that a person has edited, by part
 * @param picture whether there is a picture
 * @param pictureAlt words for those who do not see it
 * @param reviewed when a person vouched for it; null for a draft
 * @param publication where it will stand, and who stands for it
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
    @Nullable Instant reviewed,
    Publication publication) {

  /**
   * Texts of a part, and what becomes of links in it. Safe HTML and plain words of a block are
   * worked out when they are first asked for, and kept: most of a page's work is this.
   */
  public static final class Text {
    public static final Text NONE = new Text(new Texts(Map.of()), Links.DROPPED);

    private final Texts texts;
    private final Links links;
    private final Map<String, SafeHtml> html = new ConcurrentHashMap<>();
    private final Map<String, String> plain = new ConcurrentHashMap<>();

    public Text(Texts texts, Links links) {
      this.texts = texts;
      this.links = links;
    }

    public Texts texts() {
      return texts;
    }

    /** A block as HTML that can stand in the page. */
    public SafeHtml html(String id) {
      return html.computeIfAbsent(id, i -> SafeHtml.of(texts.of(i), links));
    }

    /** A block as markdown to be taken away: it shows what the page shows. */
    public void write(String id, MarkdownWriter out) {
      out.block(texts.of(id), links);
    }

    /** The words of a block that a reader sees. */
    public String plain(String id) {
      return plain.computeIfAbsent(id, i -> Markdown.plain(texts.of(i)));
    }

    /** The words of every block, in order. */
    public List<String> plain() {
      return texts.blocks().keySet().stream().map(this::plain).toList();
    }
  }

  Text section(int number) {
    return number == 1 ? section1 : section2;
  }
}
