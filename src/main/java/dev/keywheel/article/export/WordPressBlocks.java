package dev.keywheel.article.export;

import java.util.Locale;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document.OutputSettings;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Entities.EscapeMode;
import org.jsoup.nodes.TextNode;

/**
 * Converts the page's HTML to blocks of the WordPress editor, in the editor's own format, so that
 * the article can be edited there. Elements without a block stay HTML.
 */
final class WordPressBlocks {
  private final StringBuilder out = new StringBuilder();

  private WordPressBlocks() {}

  /** Blocks of sanitized HTML. */
  static String of(String html) {
    var document = Jsoup.parseBodyFragment(html);
    document.outputSettings(
        new OutputSettings().prettyPrint(false).escapeMode(EscapeMode.xhtml).charset("UTF-8"));
    var blocks = new WordPressBlocks();
    blocks.children(document.body());
    return blocks.out.toString();
  }

  private void children(Element parent) {
    parent.children().forEach(this::block);
  }

  private void block(Element element) {
    switch (element.normalName()) {
      case "p" -> wrapped("paragraph", "<p>" + element.html() + "</p>");
      case "ul", "ol" -> out.append(list(element)).append("\n\n");
      case "h4" -> heading(element);
      case "blockquote" -> quote(element);
      case "pre" -> wrapped("code", "<pre class=\"wp-block-code\">" + element.html() + "</pre>");
      case "table" -> table(element);
      case "hr" ->
          wrapped("separator", "<hr class=\"wp-block-separator has-alpha-channel-opacity\"/>");
      default -> wrapped("html", element.outerHtml());
    }
  }

  private void wrapped(String name, String html) {
    out.append(block(name, "", html)).append("\n\n");
  }

  private static String block(String name, String attributes, String html) {
    return "<!-- wp:%s %s-->\n%s\n<!-- /wp:%s -->".formatted(name, attributes, html, name);
  }

  private void heading(Element element) {
    var html = "<h4 class=\"wp-block-heading\">" + element.html() + "</h4>";
    out.append(block("heading", "{\"level\":4} ", html)).append("\n\n");
  }

  private void quote(Element element) {
    var inside = new WordPressBlocks();
    inside.children(element);
    wrapped(
        "quote",
        "<blockquote class=\"wp-block-quote\">" + inside.out.toString().strip() + "</blockquote>");
  }

  private void table(Element element) {
    var html = "<figure class=\"wp-block-table\"><table>" + element.html() + "</table></figure>";
    out.append(block("table", "{\"hasFixedLayout\":false} ", html)).append("\n\n");
  }

  private static String list(Element list) {
    boolean ordered = list.normalName().equals("ol");
    var start = list.attr("start");
    boolean starts = ordered && start.matches("\\d{1,6}");
    var attributes =
        ordered ? "{\"ordered\":true" + (starts ? ",\"start\":" + start : "") + "} " : "";
    var items =
        list.children().stream().map(WordPressBlocks::item).collect(Collectors.joining("\n\n"));
    return block(
        "list",
        attributes,
        String.format(
            Locale.ROOT,
            "<%1$s%2$s class=\"wp-block-list\">%3$s</%1$s>",
            list.normalName(),
            starts ? " start=\"" + start + "\"" : "",
            items));
  }

  /** A list item contains text and lists; its paragraphs become lines. */
  private static String item(Element item) {
    var html = new StringBuilder();
    for (var node : item.childNodes()) {
      if (node instanceof Element inner && inner.normalName().matches("ul|ol")) {
        html.append(list(inner));
      } else if (node instanceof Element inner && inner.isBlock()) {
        html.append(html.isEmpty() ? "" : "<br>");
        html.append(inner.normalName().equals("p") ? inner.html() : inner.outerHtml());
      } else if (!(node instanceof TextNode between) || !between.isBlank() || !html.isEmpty()) {
        html.append(node.outerHtml().replace('\n', ' '));
      }
    }
    var words = html.toString().strip().replaceAll(" +(?=<br>|<!-- wp:list )", "");
    return block("list-item", "", "<li>" + words + "</li>");
  }
}
