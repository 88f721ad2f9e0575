package dev.keywheel.article.tool;

import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.db.Sha256;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Prepares a tool for its frame, in Keywheel and in exported files.
 *
 * <p>The browser confines the tool by an opaque origin (sandbox without {@code allow-same-origin})
 * and by a policy that allows no URL except {@code data:} images. The {@code frame-src} of the
 * surrounding page prevents the frame from navigating to another site. The prelude blocks what no
 * policy covers, such as peer connections and DNS lookups. It also shows alerts as text and reports
 * the height and the errors of the tool to the page.
 */
public final class FramedTool {
  private FramedTool() {}

  /** The document with the policy and the prelude, for its own URL or for {@code srcdoc}. */
  public static String document(ToolDocument tool) {
    return ConfinedDocument.of(tool);
  }

  /**
   * The line of the tool's own source for a line of {@link #document}.
   *
   * @param line 0-based
   * @return 1-based; 0 if the line is not part of a script of the tool
   */
  public static int sourceLine(ToolDocument tool, String document, int line) {
    return ConfinedDocument.sourceLine(tool, document, line);
  }

  /**
   * A page that contains only the frame of the tool, for sites without their own policy. Even if
   * the page is opened directly, the tool stays in the sandbox and the policy blocks navigation of
   * the frame.
   */
  public static String page(ToolDocument tool, String name) {
    return """
        <!doctype html>
        <html lang="%s"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="%s; frame-src 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>%s</title>
        <style>html,body,iframe{margin:0;border:0;width:100%%;height:100%%;display:block}</style></head>
        <body>%s</body></html>
        """
        .formatted(
            MarkdownToHtml.escaped(language(tool)),
            policy("'unsafe-inline'"),
            MarkdownToHtml.escaped(name),
            frame(name, document(tool), ""));
  }

  /** A sandboxed iframe; {@code attributes} is HTML with a leading space, or empty. */
  public static String frame(String name, String document, String attributes) {
    return ("<iframe sandbox=\"allow-scripts allow-forms\" title=\"%s\"%s"
            + " srcdoc=\"%s\"></iframe>")
        .formatted(MarkdownToHtml.escaped(name), attributes, MarkdownToHtml.escaped(document));
  }

  private static String language(ToolDocument tool) {
    return org.jsoup.Jsoup.parse(tool.html()).expectFirst("html").attr("lang");
  }

  /**
   * @param scripts sources of {@code script-src}
   */
  static String policy(String scripts) {
    return "default-src 'none'; script-src "
        + scripts
        + "; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
  }

  /** HTTP headers for {@link #document}. The policy in the document also restricts its scripts. */
  public static Map<String, String> headers() {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Content-Type", "text/html; charset=utf-8");
    headers.put(
        "Content-Security-Policy",
        "sandbox allow-scripts allow-forms; "
            + policy("'unsafe-inline'")
            + "; frame-ancestors 'self'");
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("X-DNS-Prefetch-Control", "off");
    headers.put("Referrer-Policy", "no-referrer");
    headers.put("Cache-Control", "private, max-age=31536000, immutable");
    return headers;
  }

  /** SHA-256 of {@link #document} in hex; part of the URL of the document. */
  public static String sha256(ToolDocument tool) {
    return Sha256.hex(document(tool));
  }
}
