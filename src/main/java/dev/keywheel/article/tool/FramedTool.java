package dev.keywheel.article.tool;

import dev.keywheel.article.text.Markdown;
import dev.keywheel.db.Sha256;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A tool for its frame, in the product and in exported files.
 *
 * <p>The browser enforces the boundary: an opaque origin (sandbox without {@code
 * allow-same-origin}), a policy that allows no URL, and a {@code frame-src} of the page around that
 * keeps the frame from navigating. The prelude covers what policies do not: peer connections, name
 * look-ups and connections that elements ask for, and sent forms. It also shows dialogs as text and
 * reports the height and errors to the page.
 */
public final class FramedTool {
  private FramedTool() {}

  /**
   * The document, with its policy and the prelude in it; for a URL of its own or {@code srcdoc}.
   */
  public static String document(ToolDocument tool) {
    return ConfinedDocument.of(tool);
  }

  /**
   * A page with nothing but the frame of the tool, for places without a policy of their own. Opened
   * alone, it keeps the tool in the sandbox, and its policy keeps the frame from navigating.
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
            Markdown.escaped(language(tool)),
            policy("'unsafe-inline'"),
            Markdown.escaped(name),
            frame(name, document(tool), ""));
  }

  /** An iframe element with a document. */
  public static String frame(String name, String document, String attributes) {
    return "<iframe sandbox=\"allow-scripts allow-forms\" title=\""
        + Markdown.escaped(name)
        + "\""
        + attributes
        + " srcdoc=\""
        + Markdown.escaped(document)
        + "\"></iframe>";
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

  /** Headers for {@link #document}, whose own policy also names its scripts. */
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

  /** SHA-256 of the document in hex; part of its URL. */
  public static String sha256(ToolDocument tool) {
    return Sha256.hex(document(tool));
  }
}
