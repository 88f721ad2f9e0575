package dev.keywheel.article.tool.rules;

import dev.keywheel.article.text.Language;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.FramedTool;
import dev.keywheel.article.tool.Manifest;
import dev.keywheel.article.tool.ManifestReader;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.db.BoundedText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Comment;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;

/**
 * Checks the rules T01 to T17, which need no browser. The rules ensure quality; the frame and its
 * policy confine the tool, see {@link FramedTool}.
 */
public final class ToolLinter {
  private static final int MAX_BYTES = 60_000;
  private static final int LARGE_BYTES = 40_000;
  private static final Set<String> FORBIDDEN =
      Set.of(
          """
          iframe object embed link base frame frameset portal audio video source track applet
          foreignobject
          """
              .split("\\s+"));
  private static final Set<String> ADDRESSES =
      Set.of(
          """
          src href srcset action formaction poster data xlink:href ping background srcdoc target
          manifest
          """
              .split("\\s+"));
  private static final Pattern DATA_IMAGE =
      Pattern.compile("(?is)^data:image/(?:png|jpeg|gif|svg\\+xml)[;,].*");
  private static final Pattern CSS_URL = Pattern.compile("(?i)url\\(\\s*['\"]?(?!data:image/|#)");
  private static final Pattern LEFT_OUT =
      Pattern.compile(
          "(?i)```|(?:rest of|remaining|existing|previous|same)\\s+(?:the\\s+)?code|(?://|/\\*|<!--)\\s*(?:\\.\\.\\.|…)|lorem ipsum|your code here|\\[insert");
  private static final Pattern WIDE =
      Pattern.compile("(?i)(?<![-\\w])(?:min-)?width\\s*:\\s*(\\d{3,4})px");

  private final String html;
  private final Manifest manifest;
  private final Document page;
  private final List<Finding> findings = new ArrayList<>();

  private ToolLinter(String html, Manifest manifest) {
    this.html = html;
    this.manifest = manifest;
    this.page = Jsoup.parse(html, "", Parser.htmlParser().setTrackPosition(true));
  }

  /** Checks a tool against all rules; {@code language} is the expected language code. */
  public static List<Finding> check(ToolDocument tool, String language) {
    var rules = new ToolLinter(tool.html(), tool.manifest());
    rules.checkDocument();
    rules.checkElements();
    rules.checkStyles();
    rules.checkScripts();
    rules.checkControls();
    rules.checkManifestTextAndLanguage(tool, language);
    return List.copyOf(rules.findings);
  }

  private void checkDocument() {
    int bytes = html.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      error("T01", 0, "The document has " + bytes + " bytes; " + MAX_BYTES + " are allowed.");
    } else if (bytes > LARGE_BYTES) {
      warn("T01", 0, "The document is large: " + bytes + " bytes.");
    }
    if (html.indexOf('\0') >= 0) {
      error("T01", 0, "The document contains a NUL character.");
    }
    if (page.childNodes().stream().anyMatch(Comment.class::isInstance)) {
      error("T02", 0, "A comment is outside <html>.");
    }
    var root = page.selectFirst("html");
    if (root == null || root.attr("lang").isBlank()) {
      error("T02", 0, "<html> has no lang.");
    }
    if (page.title().isBlank()) {
      error("T02", 0, "There is no <title>.");
    }
    int headings = page.select("h1, h2").size();
    if (headings == 0) {
      error("T02", 0, "There is no <h1> or <h2>.");
    }
    if (!ToolDocument.isComplete(html)) {
      error("T02", 0, "The document is not finished: </body> or </html> is missing.");
    }
  }

  private void checkElements() {
    for (var element : page.getAllElements()) {
      var tag = element.normalName();
      boolean refresh = tag.equals("meta") && element.hasAttr("http-equiv");
      boolean svgScript = tag.equals("script") && element.closest("svg") != null;
      boolean svgUse = tag.equals("use") && !address(element).startsWith("#");
      if (FORBIDDEN.contains(tag) || refresh || svgScript || svgUse) {
        error("T03", line(element), "<" + tag + "> is not allowed in a tool.");
      }
      for (var attribute : element.attributes()) {
        var name = attribute.getKey().toLowerCase(java.util.Locale.ROOT);
        if (ADDRESSES.contains(name) && !(tag.equals("script") && name.equals("src"))) {
          checkAddress(element, name, attribute.getValue().strip());
        }
        if (name.startsWith("on")) {
          warn("T08", line(element), "The handler " + name + " is set in the HTML.");
        }
      }
    }
  }

  private void checkAddress(Element element, String name, String value) {
    boolean anchor = value.startsWith("#") && (name.equals("href") || name.equals("xlink:href"));
    boolean image =
        (name.equals("src") || name.equals("href") || name.equals("xlink:href"))
            && DATA_IMAGE.matcher(value).matches()
            && !element.normalName().equals("a");
    boolean ownForm = name.equals("action") && (value.isEmpty() || value.startsWith("#"));
    if (!anchor && !image && !ownForm) {
      error(
          "T04",
          line(element),
          "<%s %s=\"%s\"> leads out of the tool."
              .formatted(element.normalName(), name, shown(value)));
    }
  }

  private void checkStyles() {
    var css = new StringBuilder();
    page.select("style").forEach(s -> css.append(s.data()).append('\n'));
    page.select("[style]").forEach(s -> css.append(s.attr("style")).append('\n'));
    var text = css.toString();
    if (text.toLowerCase(java.util.Locale.ROOT).contains("@import")) {
      error("T05", 0, "CSS uses @import.");
    }
    if (CSS_URL.matcher(text).find()) {
      error("T05", 0, "CSS uses url() for something other than an image in the document.");
    }
    if (text.matches("(?is).*(?:expression\\s*\\(|(?<![-\\w])behavior\\s*:).*")) {
      error("T05", 0, "CSS uses expression or behavior.");
    }
    if (text.matches("(?is).*position\\s*:\\s*fixed.*")) {
      warn("T05", 0, "CSS uses position: fixed.");
    }
    WIDE.matcher(text)
        .results()
        .filter(m -> Integer.parseInt(m.group(1)) > 320)
        .findFirst()
        .ifPresent(
            m -> warn("T16", 0, "CSS sets " + m.group() + ", wider than the smallest screen."));
    if (!text.contains(":focus") && text.matches("(?is).*outline\\s*:\\s*(?:none|0).*")) {
      warn("T16", 0, "CSS removes the focus outline without a replacement.");
    }
  }

  private void checkScripts() {
    var ids = new HashSet<>(page.getAllElements().eachAttr("id"));
    boolean any = false;
    for (var script : page.select("script")) {
      var type = script.attr("type").toLowerCase(java.util.Locale.ROOT);
      if (script.hasAttr("src")) {
        error("T06", line(script), "<script src> is not allowed.");
      }
      if (type.equals("application/json")) {
        continue;
      }
      if (!type.isEmpty() && !type.equals("text/javascript") && !type.equals("module")) {
        error("T06", line(script), "<script type=\"" + shown(type) + "\"> is not allowed.");
        continue;
      }
      any = any || !script.data().isBlank();
      findings.addAll(JavaScriptLinter.findings(script.data(), Math.max(1, line(script)), ids));
    }
    if (!any) {
      error("T06", 0, "There is no script.");
    }
  }

  private void checkControls() {
    var controls = page.select(ManifestReader.CONTROLS);
    if (controls.isEmpty()) {
      error("T09", 0, "There is no input field.");
    } else if (controls.size() > ManifestReader.MAX_CONTROLS) {
      error(
          "T09",
          0,
          "There are %s input fields; up to %s are allowed."
              .formatted(controls.size(), ManifestReader.MAX_CONTROLS));
    }
    if (page.select("button, input[type=submit], input[type=button]").isEmpty()
        && !html.contains("addEventListener")
        && !html.contains("oninput")) {
      error("T09", 0, "There is no button.");
    }
    for (var control : controls.stream().limit(ManifestReader.MAX_CONTROLS).toList()) {
      boolean named = control.hasAttr("title") || control.hasAttr("aria-labelledby");
      if (ManifestReader.label(control, page).isEmpty() && !named) {
        error(
            "T10",
            line(control),
            "<" + control.normalName() + " id=\"" + shown(control.id()) + "\"> has no label.");
      }
    }
    if (page.select("output, [aria-live], [role=status]").isEmpty()) {
      error("T11", 0, "There is no <output> and no live region.");
    } else if (manifest.outputs().isEmpty()) {
      error("T11", 0, "No output has an id.");
    }
    var seen = new HashSet<String>();
    page.getAllElements().eachAttr("id").stream()
        .filter(id -> !id.isEmpty() && !seen.add(id))
        .forEach(id -> error("T12", 0, "Two elements have the id \"" + shown(id) + "\"."));
  }

  private void checkManifestTextAndLanguage(ToolDocument tool, String language) {
    if (manifest.derived()) {
      warn("T14", 0, "The manifest was missing or unreadable and was made from the page.");
    }
    var leftOut = LEFT_OUT.matcher(html);
    if (leftOut.find()) {
      error("T15", 0, "Code was left out: \"" + shown(leftOut.group()) + "\".");
    }
    if (page.select("meta[name=viewport]").isEmpty()) {
      warn("T16", 0, "There is no viewport.");
    }
    if (Language.wrong(tool.visibleText(), language)) {
      warn("T17", 0, "Its text is not in the language of the page.");
    }
  }

  private static String address(Element use) {
    var href = use.attr("href");
    return href.isEmpty() ? use.attr("xlink:href") : href;
  }

  private static String shown(String value) {
    return value.length() > 60 ? BoundedText.start(value, 60) + "…" : value;
  }

  private static int line(Element element) {
    return Math.max(0, element.sourceRange().start().lineNumber());
  }

  private void error(String rule, int line, String text) {
    findings.add(Finding.error(rule, line, text));
  }

  private void warn(String rule, int line, String text) {
    findings.add(Finding.warning(rule, line, text));
  }
}
