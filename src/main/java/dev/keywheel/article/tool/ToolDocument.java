package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.text.Markdown;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;

/**
 * A tool as one HTML document. Missing parts around its code (language, title, viewport, manifest)
 * are inserted as text; its own bytes are never rewritten.
 *
 * @param html complete document
 * @param manifest its description
 * @param repairs names of the inserted parts
 */
public record ToolDocument(String html, Manifest manifest, List<String> repairs) {
  private static final Pattern HTML_TAG = Pattern.compile("(?is)<html\\b([^>]*)>");
  private static final Pattern HEAD_TAG = Pattern.compile("(?is)<head\\b[^>]*>");
  private static final Pattern BODY_END = Pattern.compile("(?is)</body\\s*>(?!.*</body\\s*>)");

  /**
   * The document in a text, from its doctype or html tag to the last closing tag; empty when there
   * is none.
   */
  public static Optional<String> find(String text) {
    var lower = text.toLowerCase(java.util.Locale.ROOT);
    int doctype = lower.indexOf("<!doctype html");
    int tag = lower.indexOf("<html");
    int start = doctype >= 0 ? doctype : tag;
    if (start < 0) {
      return Optional.empty();
    }
    int end = lower.lastIndexOf("</html>");
    return Optional.of(
        text.substring(start, end > start ? end + "</html>".length() : text.length()).strip());
  }

  /** The document with the parts that the page needs. */
  public static ToolDocument of(String html, ToolBrief brief, String language) {
    var repairs = new ArrayList<String>();
    var complete = withHead(html, brief, language, repairs);
    var manifest = ManifestReader.read(complete, brief);
    if (manifest.derived()) {
      repairs.add("manifest made from labels, ids and the plan");
    }
    return new ToolDocument(complete, manifest, List.copyOf(repairs));
  }

  private static String withHead(
      String html, ToolBrief brief, String language, List<String> repairs) {
    var text = html;
    var page = Jsoup.parse(text);
    var root = HTML_TAG.matcher(text);
    if (root.find()
        && !root.group(1).toLowerCase(java.util.Locale.ROOT).matches("(?s).*\\blang\\s*=.*")) {
      text =
          text.substring(0, root.start(1))
              + " lang=\""
              + Markdown.escaped(language)
              + "\""
              + text.substring(root.start(1));
      repairs.add("lang added");
    }
    var missing = new StringBuilder();
    if (page.head().select("meta[charset]").isEmpty()) {
      missing.append("<meta charset=\"utf-8\">");
    }
    if (page.head().select("meta[name=viewport]").isEmpty()) {
      missing.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
      repairs.add("viewport added");
    }
    if (page.title().isBlank()) {
      missing.append("<title>").append(Markdown.escaped(brief.name())).append("</title>");
      repairs.add("title added");
    }
    return missing.isEmpty() ? text : inHead(text, missing.toString());
  }

  /** Inserts text at the start of the head; creates the head when there is none. */
  static String inHead(String html, String first) {
    var head = HEAD_TAG.matcher(html);
    if (head.find()) {
      return html.substring(0, head.end()) + first + html.substring(head.end());
    }
    var root = HTML_TAG.matcher(html);
    if (root.find()) {
      return html.substring(0, root.end())
          + "<head>"
          + first
          + "</head>"
          + html.substring(root.end());
    }
    return "<!doctype html><html><head>" + first + "</head>" + html;
  }

  /** The visible text, on one line. */
  public String visibleText() {
    Document page = Jsoup.parse(html);
    page.select("script, style, title").remove();
    return page.text();
  }

  /** Whether the end of the document is complete. */
  public static boolean whole(String html) {
    return BODY_END.matcher(html).find()
        || html.toLowerCase(java.util.Locale.ROOT).stripTrailing().endsWith("</html>");
  }
}
