package dev.keywheel.article.tool;

import dev.keywheel.db.Sha256;
import dev.keywheel.db.TextResource;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Comment;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Node;

/**
 * A tool's document, parsed and serialized again, with the policy and the prelude first in its
 * head.
 *
 * <p>The policy ({@link FramedTool#policy}) allows only the prelude and the scripts and handlers of
 * the tool, each by its hash. Each script and handler first checks the gate, a constant that only
 * the prelude defines. A frame that the tool creates inherits the policy, so no script runs in that
 * frame before the prelude has run there. The gate's name comes from the hash of the tool, so that
 * the tool cannot contain it.
 */
final class ConfinedDocument {
  private static final String PRELUDE =
      TextResource.read("tool/prelude.js")
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("//"))
          .collect(Collectors.joining("\n"));

  /** Elements that have their own realm, that send requests, or that parsers treat differently. */
  private static final String REMOVED =
      "iframe, frame, frameset, object, embed, applet, portal, fencedframe, link, base, meta[http-equiv],"
          + " noscript, noembed, noframes, xmp, plaintext, svg script, math script, script[src]";

  private static final Pattern JAVASCRIPT =
      Pattern.compile("(?i)|module|(?:text|application)/(?:x-)?(?:java|ecma)script");

  /**
   * A height in units of the frame's height, with which the frame would grow without end, because
   * its height follows the content: any minimum, any height in {@code calc()}, and any other height
   * of 70vh or more. Smaller heights converge and stay: a chart may need them for its parts, whose
   * heights are in percent.
   */
  private static final Pattern FRAME_HEIGHT =
      Pattern.compile(
          "(?i)(?<![^{;\\s])(min-(?:height|block-size)\\s*:(?=[^:;{}]*\\dUNIT)|(?:height|block-size)\\s*:(?=[^:;{}]*(?:calc[^:;{}]{0,99}\\d|(?<![\\d.])(?:[7-9]\\d|\\d{3,})(?:\\.\\d+)?)UNIT))[^;{}]*"
              .replace("UNIT", "[sld]?v(?:h|b|min|max)\\b"));

  private static final Pattern STRICT = Pattern.compile("^\\s*(['\"])use strict\\1");

  /** The script at the end of a part of the document, without its check of the gate. */
  private static final Pattern SCRIPT =
      Pattern.compile("(?s)<script[^>]*>(?:.{0,13}if\\(gate\\w{32}!==1\\)throw 0;)?(.*)</script>$");

  private final Document page;
  private final String name;
  private final String gate;
  private final Set<String> hashes = new LinkedHashSet<>();

  private ConfinedDocument(ToolDocument tool) {
    this.page = Jsoup.parse(source(tool));
    this.name = tool.manifest().name();
    this.gate = "gate" + Sha256.hex(tool.html()).substring(0, 32);
    page.outputSettings().prettyPrint(false);
  }

  static String of(ToolDocument tool) {
    var document = new ConfinedDocument(tool);
    document.confine();
    return document.html();
  }

  /** See {@link FramedTool#sourceLine}. */
  static int sourceLine(ToolDocument tool, String document, int line) {
    int before = 0;
    for (var part : document.split("(?<=</script>)")) {
      var script = SCRIPT.matcher(part);
      int end = before + lines(part);
      if (line <= end && script.find()) {
        int inScript = line - before - lines(part.substring(0, script.start(1)));
        int at = source(tool).indexOf(script.group(1));
        return at < 0 || inScript < 0 ? 0 : lines(source(tool).substring(0, at)) + inScript + 1;
      }
      before = end;
    }
    return 0;
  }

  private static int lines(String text) {
    return (int) text.chars().filter(c -> c == '\n').count();
  }

  private static String source(ToolDocument tool) {
    return tool.html().replaceAll("\r\n?", "\n");
  }

  private void confine() {
    page.select(REMOVED).forEach(Node::remove);
    page.forEachNode(
        node -> {
          if (node instanceof Comment) {
            node.remove();
          }
        });
    for (var element : page.getAllElements()) {
      for (var attribute : element.attributes()) {
        if (attribute.getKey().toLowerCase(Locale.ROOT).startsWith("on")) {
          attribute.setValue(gated(attribute.getValue()));
        }
      }
      if (element.hasAttr("style")) {
        element.attr("style", withoutFrameHeights(element.attr("style")));
      }
      if (element.normalName().equals("style")) {
        element.dataNodes().forEach(d -> d.setWholeData(withoutFrameHeights(d.getWholeData())));
      }
      if (element.normalName().equals("script")
          && JAVASCRIPT.matcher(element.attr("type").strip()).matches()) {
        var script = new DataNode(gated(element.data()));
        element.empty().appendChild(script);
      }
      // Landmarks of one kind need different names; the surrounding page also has a main landmark.
      if (element.normalName().equals("main") && !element.hasAttr("aria-labelledby")) {
        element.attr(
            "aria-label", element.attr("aria-label").isBlank() ? name : element.attr("aria-label"));
      }
    }
  }

  private static String withoutFrameHeights(String css) {
    return FRAME_HEIGHT.matcher(css).replaceAll("$1auto");
  }

  /**
   * Prefixes a script with a check that stops the script unless the prelude has run. The prefix has
   * no line break, so line numbers in error messages stay correct.
   */
  private String gated(String script) {
    var gated =
        (STRICT.matcher(script).find() ? "\"use strict\";" : "")
            + "if("
            + gate
            + "!==1)throw 0;"
            + script;
    hashes.add(hash(gated));
    return gated;
  }

  private String html() {
    var prelude = PRELUDE.replace("GATE", gate);
    hashes.add(hash(prelude));
    var policy =
        FramedTool.policy("'unsafe-hashes' " + String.join(" ", hashes)).replace("\"", "&quot;");
    return "<!doctype html>\n<html"
        + page.expectFirst("html").attributes().html()
        + "><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\""
        + policy
        + "\"><meta http-equiv=\"x-dns-prefetch-control\" content=\"off\"><script>"
        + prelude
        + "</script><style>html{height:auto!important;min-height:0!important}</style>"
        + page.head().html()
        + "</head>"
        + page.body().outerHtml()
        + "</html>\n";
  }

  private static String hash(String script) {
    return "'sha256-" + Base64.getEncoder().encodeToString(Sha256.of(script)) + "'";
  }
}
