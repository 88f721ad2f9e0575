package dev.keywheel.article.text;

import java.util.List;
import java.util.Set;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.BlockQuote;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.ListBlock;
import org.commonmark.node.Node;
import org.commonmark.node.ThematicBreak;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document.OutputSettings;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Entities.EscapeMode;
import org.jsoup.safety.Safelist;

/**
 * Renders Markdown written by a model or a user as HTML that is safe in a page.
 *
 * <p>HTML in the text is shown as text. The rendered HTML passes an allow-list of plain elements
 * and few attributes. Headings become {@code h4}, because the three levels above belong to the
 * page. Images become their description. Links written by models become their text, because they
 * are not checked; links written by users stay.
 */
public final class MarkdownToHtml {
  /** Longest text that is parsed, in characters: about ten times the longest block requested. */
  public static final int MAX_LENGTH = 60_000;

  private static final String[] ELEMENTS =
      "h4 p ul ol li strong em code pre blockquote table thead tbody tr th td br hr".split(" ");
  private static final Safelist OF_MODELS =
      new Safelist().addTags(ELEMENTS).addAttributes("th", "scope").addAttributes("ol", "start");
  private static final Safelist OF_USERS =
      new Safelist(OF_MODELS)
          .addTags("a")
          .addAttributes("a", "href")
          .addProtocols("a", "href", "http", "https", "mailto")
          .addEnforcedAttribute("a", "rel", "nofollow noopener");

  /** HTML blocks are disabled, so a line that begins with a tag is an ordinary line. */
  private static final Parser PARSER =
      Parser.builder()
          .enabledBlockTypes(
              Set.of(
                  BlockQuote.class,
                  Heading.class,
                  FencedCodeBlock.class,
                  ThematicBreak.class,
                  ListBlock.class,
                  IndentedCodeBlock.class))
          .extensions(List.of(TablesExtension.create()))
          .build();

  private static final HtmlRenderer RENDERER =
      HtmlRenderer.builder()
          .extensions(List.of(TablesExtension.create()))
          .escapeHtml(true)
          .sanitizeUrls(true)
          .build();

  /** What happens to links in a text. */
  public enum Links {
    /** They become their text. */
    DROPPED,
    /** Links to http, https and mailto addresses stay. */
    KEPT
  }

  private MarkdownToHtml() {}

  /** Safe HTML; empty for blank text. Never throws. */
  public static String html(String markdown, Links links) {
    var bounded = bounded(markdown);
    try {
      return allowed(RENDERER.render(tree(bounded, links)), links).strip();
    } catch (StackOverflowError _) {
      // Nested thousands of levels deep: keep the text without its structure.
      return "<p>" + escaped(bounded) + "</p>";
    }
  }

  /** The cleaned text, cut after a sentence if it is longer than {@link #MAX_LENGTH}. */
  public static String bounded(String markdown) {
    var clean = TextCleaner.text(markdown);
    return clean.length() > MAX_LENGTH ? Sentences.whole(clean.substring(0, MAX_LENGTH)) : clean;
  }

  /**
   * The tree that {@link #html} renders. Images and dropped links are replaced by their text;
   * inline HTML is shown as text.
   */
  static Node tree(String bounded, Links links) {
    var node = PARSER.parse(bounded);
    node.accept(new SanitizingVisitor(links));
    return node;
  }

  /**
   * A character that white space folding keeps, and that {@link TextCleaner} removes from texts.
   */
  private static final String LINE_END = "\u0001";

  /** The visible text without markup; one line per block. */
  public static String plain(String markdown) {
    return plain(Jsoup.parseBodyFragment(html(markdown, Links.DROPPED)).body());
  }

  /** The visible text without tables, and the rows of the tables. */
  public record Reading(String text, List<String> rows) {}

  /** Like {@link #plain(String)}, but table rows are separate, with bars between their cells. */
  public static Reading reading(String markdown) {
    var body = Jsoup.parseBodyFragment(html(markdown, Links.DROPPED)).body();
    var rows =
        body.select("tr").stream()
            .map(row -> String.join(" | ", row.select("th, td").eachText()))
            .filter(row -> !row.isBlank())
            .toList();
    body.select("table").remove();
    return new Reading(plain(body), rows);
  }

  private static String plain(Element body) {
    body.select("p, li, h4, td, th, pre, blockquote, br").forEach(e -> e.appendText(LINE_END));
    return body.text().replace(LINE_END, "\n").replaceAll("(?:(?<! ) ++)?\n\\s*", "\n").strip();
  }

  /** Escapes text for HTML content and for attributes in double quotes. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String allowed(String html, Links links) {
    var settings =
        new OutputSettings().prettyPrint(false).escapeMode(EscapeMode.xhtml).charset("UTF-8");
    var safe = Jsoup.clean(html, "", links == Links.KEPT ? OF_USERS : OF_MODELS, settings);
    return safe.replace("<th>", "<th scope=\"col\">");
  }
}
