package dev.keywheel.article.page;

import dev.keywheel.article.page.ArticleBody.Answer;
import dev.keywheel.article.page.ArticleBody.Block;
import dev.keywheel.article.page.ArticleBody.Entry;
import dev.keywheel.article.page.ArticleBody.Faq;
import dev.keywheel.article.page.ArticleBody.Figure;
import dev.keywheel.article.page.ArticleBody.Part;
import dev.keywheel.article.page.ArticleBody.ToolPlace;
import dev.keywheel.article.page.ArticleParts.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Assembles an article from its parts. Headings, anchors and contents come from one plan, so they
 * always agree; a heading without text is omitted from the page and the contents.
 */
public final class Assembly {
  /** The ids of the blocks of a guide, in order. */
  public static final List<String> GUIDE_BLOCKS =
      List.of("intro", "what", "steps", "example", "limits");

  private static final int INITIAL_TOOL_HEIGHT = 520;

  private final ArticleParts parts;
  private final PageMessages messages;

  public Assembly(ArticleParts parts) {
    this.parts = parts;
    this.messages = PageMessages.of(parts.language());
  }

  /**
   * The sources of the picture and the tool: URLs, data URLs, or the tool's document; null if
   * absent.
   */
  public record Sources(
      @Nullable String pictureSrc, @Nullable String toolSrc, @Nullable String toolSrcdoc) {}

  public ArticleBody body(Sources sources) {
    var plan = parts.plan();
    var tool = tool(sources);
    var guide = tool == null ? null : guide();
    var sections = Stream.of(section(1), section(2)).flatMap(List::stream).toList();
    var faq = faq();
    var minutes = Readability.of(plainText(), parts.language()).minutes();
    var src = sources.pictureSrc();
    return new ArticleBody(
        parts.language(),
        plan.title(),
        plan.summary(),
        parts.published(),
        minutes,
        parts.reviewed(),
        parts.publication().author(),
        src == null
            ? null
            : new Figure(src, parts.pictureAlt(), CoverImage.WIDTH, CoverImage.HEIGHT),
        contents(tool, guide, sections, faq),
        tool,
        guide,
        sections,
        faq);
  }

  /** The visible text of the article, without the text of the tool. */
  public String plainText() {
    var all = new ArrayList<String>();
    all.add(parts.plan().summary());
    Stream.of(
            parts.tool() == null ? Text.NONE : parts.guide(),
            parts.section1(),
            parts.section2(),
            parts.faq())
        .flatMap(t -> t.plain().stream())
        .forEach(all::add);
    return all.stream().filter(t -> !t.isBlank()).collect(Collectors.joining("\n"));
  }

  private @Nullable ToolPlace tool(Sources sources) {
    var tool = parts.tool();
    if (tool == null || (sources.toolSrc() == null && sources.toolSrcdoc() == null)) {
      return null;
    }
    return new ToolPlace(
        "tool",
        parts.toolName(),
        parts.plan().tool().purpose(),
        sources.toolSrc(),
        sources.toolSrcdoc(),
        INITIAL_TOOL_HEIGHT);
  }

  private @Nullable Part guide() {
    var blocks =
        GUIDE_BLOCKS.stream()
            .filter(id -> !parts.guide().texts().of(id).isBlank())
            .map(id -> new Block(id, "guide-" + id, "", parts.guide().html(id)))
            .toList();
    return blocks.isEmpty() ? null : new Part("guide", messages.howTo(parts.toolName()), blocks);
  }

  private List<Part> section(int number) {
    var section = parts.plan().section(number);
    var text = parts.section(number);
    var blocks =
        section.headings().stream()
            .filter(h -> !text.texts().of(h.id()).isBlank())
            .map(h -> new Block(h.id(), h.anchor(), h.text(), text.html(h.id())))
            .toList();
    return blocks.isEmpty() ? List.of() : List.of(new Part("s" + number, section.title(), blocks));
  }

  private @Nullable Faq faq() {
    var answers =
        parts.plan().faq().stream()
            .filter(q -> !parts.faq().texts().of(q.id()).isBlank())
            .map(q -> new Answer(q.id(), q.text(), parts.faq().html(q.id())))
            .toList();
    return answers.isEmpty() ? null : new Faq("faq", messages.faq(), answers);
  }

  private static List<Entry> contents(
      @Nullable ToolPlace tool, @Nullable Part guide, List<Part> sections, @Nullable Faq faq) {
    var entries = new ArrayList<Entry>();
    if (tool != null) {
      entries.add(new Entry(tool.anchor(), tool.name(), List.of()));
    }
    if (guide != null) {
      entries.add(new Entry(guide.anchor(), guide.title(), List.of()));
    }
    for (var section : sections) {
      var below =
          section.blocks().stream().map(b -> new Entry(b.anchor(), b.title(), List.of())).toList();
      entries.add(new Entry(section.anchor(), section.title(), below));
    }
    if (faq != null) {
      entries.add(
          new Entry(
              faq.anchor(),
              faq.title(),
              faq.answers().stream()
                  .map(a -> new Entry(a.anchor(), a.question(), List.of()))
                  .toList()));
    }
    return entries;
  }
}
