package dev.keywheel.article.page;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.MarkdownToHtml.Links;
import dev.keywheel.article.text.MarkdownWriter;
import dev.keywheel.article.text.SafeHtml;
import dev.keywheel.article.tool.ToolDocument;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The current version of each part of an article.
 *
 * @param tool null when there is no tool that may be published
 * @param picture whether there is a picture
 * @param reviewed when a user approved the article; null for a draft
 * @param publication public address and responsible author
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

  /** The name of the tool in the plan; if that is empty, the name in the tool's manifest. */
  public String toolName() {
    var planned = plan.tool().name();
    return planned.isEmpty() && tool != null ? tool.manifest().name() : planned;
  }

  /**
   * The texts of a part. Safe HTML and plain text of a block are computed only once, because this
   * is most of the work for a page.
   */
  public static final class Text {
    public static final Text NONE = new Text(new Texts(Map.of()), Set.of());

    private final Texts texts;
    private final Set<String> linked;
    private final Map<String, SafeHtml> html = new ConcurrentHashMap<>();
    private final Map<String, String> plain = new ConcurrentHashMap<>();

    /**
     * @param linked ids of the blocks whose links are kept
     */
    public Text(Texts texts, Set<String> linked) {
      this.texts = texts;
      this.linked = linked;
    }

    public Texts texts() {
      return texts;
    }

    public SafeHtml html(String id) {
      return html.computeIfAbsent(id, i -> SafeHtml.of(texts.of(i), links(i)));
    }

    /** Writes a block as Markdown for an export that shows the same content as the page. */
    public void write(String id, MarkdownWriter out) {
      out.block(texts.of(id), links(id));
    }

    private Links links(String id) {
      return linked.contains(id) ? Links.KEPT : Links.DROPPED;
    }

    /** The visible text of a block. */
    public String plain(String id) {
      return plain.computeIfAbsent(id, i -> MarkdownToHtml.plain(texts.of(i)));
    }

    /** The visible text of every block, in order. */
    List<String> plain() {
      return texts.blocks().keySet().stream().map(this::plain).toList();
    }
  }

  Text section(Heading heading) {
    return section(heading.id().startsWith("s1") ? 1 : 2);
  }

  Text section(int number) {
    return number == 1 ? section1 : section2;
  }
}
