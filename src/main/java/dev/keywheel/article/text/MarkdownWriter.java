package dev.keywheel.article.text;

import java.util.List;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Document;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.markdown.MarkdownRenderer;
import org.jsoup.Jsoup;

/**
 * Writes Markdown for export. Any renderer, with HTML allowed or not, shows what the page shows,
 * and no link, image or element that the page does not have.
 */
public final class MarkdownWriter {
  /** A private-use character that becomes a backslash after rendering. */
  private static final String MARK = "\uE000";

  /** A private-use character that becomes an ampersand after rendering, without a backslash. */
  private static final String AND = "\uE001";

  private static final Pattern LONE_AND = Pattern.compile("&(?![#\\p{Alnum}])");

  /** The position before a character that would begin a list, a heading or a table. */
  private static final Pattern TAKEN_FOR_BLOCK =
      Pattern.compile("^(?=[-+#=~:])|(?<=^\\d{1,9})(?=[.)])");

  private static final Pattern TAKEN_FOR_LINK =
      Pattern.compile(
          "(?<=\\p{Alnum}):(?=//)|(?<=(?i:www))\\.|(?<=[\\p{L}\\p{N}])@(?=[\\p{L}\\p{N}])");
  private static final Parser PARSER =
      Parser.builder().extensions(List.of(TablesExtension.create())).build();
  private static final MarkdownRenderer RENDERER =
      MarkdownRenderer.builder().extensions(List.of(TablesExtension.create())).build();
  private static final HtmlRenderer PLAIN_RENDERER =
      HtmlRenderer.builder().extensions(List.of(TablesExtension.create())).build();

  private final StringBuilder out = new StringBuilder();

  /** Writes plain text as a heading. */
  public MarkdownWriter heading(int level, String text) {
    var heading = new Heading();
    heading.setLevel(level);
    heading.appendChild(new Text(TextCleaner.line(text)));
    return append(heading);
  }

  /** Writes plain text, or nothing when it is empty. */
  public MarkdownWriter paragraph(String text) {
    return TextCleaner.line(text).isEmpty()
        ? this
        : append(paragraph(new Text(TextCleaner.line(text))));
  }

  /** Writes the picture of the article as a separate paragraph. */
  public MarkdownWriter picture(String src, String alt) {
    var image = new Image(src, null);
    image.appendChild(new Text(TextCleaner.line(alt)));
    return append(paragraph(image));
  }

  /** Writes a link that Keywheel adds, as a separate paragraph. */
  public MarkdownWriter link(String href, String text) {
    var link = new Link(href, null);
    link.appendChild(new Text(TextCleaner.line(text)));
    return append(paragraph(link));
  }

  /** Writes a block that a model or a user wrote. */
  public MarkdownWriter block(String markdown, MarkdownToHtml.Links links) {
    out.append(safe(markdown, links)).append("\n\n");
    return this;
  }

  public String text() {
    return out.toString().stripTrailing() + "\n";
  }

  /** A block as Markdown that every renderer shows as the page does. */
  static String safe(String markdown, MarkdownToHtml.Links links) {
    var page = Jsoup.parseBodyFragment(MarkdownToHtml.html(markdown, links)).text();
    try {
      var written = written(MarkdownToHtml.tree(MarkdownToHtml.bounded(markdown), links), links);
      if (Jsoup.parseBodyFragment(PLAIN_RENDERER.render(PARSER.parse(written))).text().equals(page)
          && UnexpectedNodes.in(PARSER.parse(written), links) == 0) {
        return written;
      }
    } catch (StackOverflowError _) {
      // Nested too deeply: keep the text without its structure, as the page does.
    }
    // Not every parsed tree can be written as Markdown. Keep the text without its structure.
    return written(paragraph(new Text(page)), links);
  }

  private static Paragraph paragraph(Node inside) {
    var paragraph = new Paragraph();
    paragraph.appendChild(inside);
    return paragraph;
  }

  private MarkdownWriter append(Node node) {
    var document = new Document();
    document.appendChild(node);
    out.append(written(document, MarkdownToHtml.Links.DROPPED)).append("\n\n");
    return this;
  }

  private static String written(Node node, MarkdownToHtml.Links links) {
    node.accept(new EscapingVisitor(links));
    return RENDERER.render(node).replace(MARK, "\\").replace(AND, "&").strip();
  }

  /** Escapes text that a renderer would read as a list, heading, table or automatic link. */
  private static final class EscapingVisitor extends AbstractVisitor {
    private final MarkdownToHtml.Links links;

    EscapingVisitor(MarkdownToHtml.Links links) {
      this.links = links;
    }

    @Override
    public void visit(Text text) {
      var plain = LONE_AND.matcher(withoutMarks(text.getLiteral())).replaceAll(AND);
      var unlinked =
          links == MarkdownToHtml.Links.KEPT
              ? plain
              : TAKEN_FOR_LINK.matcher(plain).replaceAll(MARK + "$0");
      text.setLiteral(
          beginsLine(text) ? TAKEN_FOR_BLOCK.matcher(unlinked).replaceFirst(MARK) : unlinked);
    }

    private static boolean beginsLine(Text text) {
      return (text.getPrevious() == null && !(text.getParent() instanceof Heading))
          || text.getPrevious() instanceof SoftLineBreak
          || text.getPrevious() instanceof HardLineBreak;
    }

    @Override
    public void visit(Code code) {
      code.setLiteral(withoutMarks(code.getLiteral()));
    }

    @Override
    public void visit(FencedCodeBlock code) {
      code.setLiteral(withoutMarks(code.getLiteral()));
    }

    private static String withoutMarks(String text) {
      return text.replace(MARK, "").replace(AND, "");
    }
  }

  /** Counts nodes that the page would not show. */
  private static final class UnexpectedNodes extends AbstractVisitor {
    private final MarkdownToHtml.Links links;
    private int found;

    private UnexpectedNodes(MarkdownToHtml.Links links) {
      this.links = links;
    }

    static int in(Node node, MarkdownToHtml.Links links) {
      var unexpected = new UnexpectedNodes(links);
      node.accept(unexpected);
      return unexpected.found;
    }

    @Override
    public void visit(HtmlInline html) {
      found++;
    }

    @Override
    public void visit(HtmlBlock html) {
      found++;
    }

    @Override
    public void visit(Image image) {
      found++;
    }

    @Override
    public void visit(Link link) {
      found += links == MarkdownToHtml.Links.DROPPED ? 1 : 0;
      visitChildren(link);
    }
  }
}
