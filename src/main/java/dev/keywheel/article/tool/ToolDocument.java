package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.text.MarkdownToHtml;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;

/**
 * A tool as one HTML document. A missing language, charset, viewport or title is inserted into the
 * text; the rest of the text is never changed.
 *
 * @param html complete document
 * @param manifest description of the tool, generated if the document has none
 * @param repairs what was inserted or generated, in a few words each
 */
public record ToolDocument(String html, Manifest manifest, List<String> repairs) {
  private static final Pattern DOCTYPE = Pattern.compile("(?i)<!doctype html");
  private static final Pattern HTML = Pattern.compile("(?i)<html");
  private static final Pattern HTML_END = Pattern.compile("(?i)</html>");
  private static final Pattern BODY_END = Pattern.compile("(?i)</body\\s*>");

  /**
   * Finds the document in a text, from its doctype or {@code <html>} tag to the last {@code
   * </html>} or the end of the text. Empty if the text has no such start.
   */
  public static Optional<String> find(String text) {
    return first(DOCTYPE, text)
        .or(() -> first(HTML, text))
        .map(start -> text.substring(start.start(), end(text, start.start())).strip());
  }

  private static Optional<MatchResult> first(Pattern pattern, String text) {
    return pattern.matcher(text).results().findFirst();
  }

  private static int end(String text, int start) {
    return HTML_END
        .matcher(text)
        .results()
        .mapToInt(MatchResult::end)
        .filter(end -> end > start)
        .max()
        .orElse(text.length());
  }

  /** Adds the parts that a document lacks, and reads or generates its manifest. */
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
    var page = parsed(text);
    var root = page.expectFirst("html");
    if (isInSource(root) && !root.hasAttr("lang")) {
      int at = root.sourceRange().startPos() + "<html".length();
      text =
          text.substring(0, at)
              + " lang=\""
              + MarkdownToHtml.escaped(language)
              + "\""
              + text.substring(at);
      repairs.add("lang added");
    }
    var missing = new StringBuilder();
    if (page.head().select("meta[charset]").isEmpty()) {
      missing.append("<meta charset=\"utf-8\">");
      repairs.add("charset added");
    }
    if (page.head().select("meta[name=viewport]").isEmpty()) {
      missing.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
      repairs.add("viewport added");
    }
    if (page.title().isBlank()) {
      missing.append("<title>").append(MarkdownToHtml.escaped(brief.name())).append("</title>");
      repairs.add("title added");
    }
    return missing.isEmpty() ? text : inHead(text, missing.toString());
  }

  /** Inserts text at the start of the head; creates the head when there is none. */
  private static String inHead(String html, String first) {
    var page = parsed(html);
    if (isInSource(page.head())) {
      return inserted(html, page.head(), first);
    }
    var root = page.expectFirst("html");
    var head = "<head>" + first + "</head>";
    return isInSource(root) ? inserted(html, root, head) : "<!doctype html><html>" + head + html;
  }

  private static String inserted(String html, Element after, String text) {
    int at = after.sourceRange().endPos();
    return html.substring(0, at) + text + html.substring(at);
  }

  private static Document parsed(String html) {
    return Jsoup.parse(html, "", Parser.htmlParser().setTrackPosition(true));
  }

  /** Whether the start tag of an element is in the text; the parser adds missing elements. */
  private static boolean isInSource(Element element) {
    return element.sourceRange().isTracked() && !element.sourceRange().isImplicit();
  }

  /** The visible text, on one line. */
  public String visibleText() {
    Document page = Jsoup.parse(html);
    page.select("script, style, title").remove();
    return page.text();
  }

  /** Whether the document contains {@code </body>} or ends with {@code </html>}. */
  public static boolean isComplete(String html) {
    return BODY_END.matcher(html).find()
        || html.toLowerCase(java.util.Locale.ROOT).stripTrailing().endsWith("</html>");
  }
}
