package dev.keywheel.article.tool;

import dev.keywheel.db.Sha256;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A tool as served in its frame.
 *
 * <p>The browser enforces the boundary: an opaque origin (sandbox without {@code
 * allow-same-origin}), a policy that allows no URL, and a {@code frame-src} of the page that keeps
 * the frame from navigating. A script before the tool covers what policies do not: it stops forms
 * from being sent, removes peer connections, shows dialogs as text, and reports the height and
 * errors to the page.
 */
public final class FramedTool {
  private static final String POLICY =
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

  /** Names that are removed before the script of the tool runs. */
  private static final String PRELUDE =
      """
      <script>(()=>{"use strict";
      const up=window.parent,say=(type,value)=>up.postMessage({keywheel:type,value},"*");
      addEventListener("submit",e=>e.preventDefault(),true);
      addEventListener("error",e=>say("error",String(e.message).slice(0,200)));
      addEventListener("unhandledrejection",e=>say("error",String(e.reason).slice(0,200)));
      for(const n of ["RTCPeerConnection","webkitRTCPeerConnection","RTCDataChannel","WebTransport","open"])try{Object.defineProperty(window,n,{value:undefined})}catch{}
      window.alert=t=>{const m=document.getElementById("tool-message");if(m)m.textContent=String(t)};
      window.confirm=()=>true;window.prompt=()=>null;window.print=()=>{};
      addEventListener("DOMContentLoaded",()=>{const tell=()=>say("height",Math.ceil(document.body.getBoundingClientRect().height)+32);new ResizeObserver(tell).observe(document.body);tell()});
      })()</script>""";

  private FramedTool() {}

  /** The document for its own URL. */
  public static String served(ToolDocument tool) {
    return ToolDocument.inHead(tool.html(), PRELUDE);
  }

  /**
   * The document for {@code srcdoc} in a file, with the policy in it, because a file has no
   * headers.
   */
  public static String embedded(ToolDocument tool) {
    return ToolDocument.inHead(
        tool.html(),
        "<meta http-equiv=\"Content-Security-Policy\" content=\"" + POLICY + "\">" + PRELUDE);
  }

  /** Headers for {@link #served}. */
  public static Map<String, String> headers() {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Content-Type", "text/html; charset=utf-8");
    headers.put(
        "Content-Security-Policy",
        "sandbox allow-scripts allow-forms; " + POLICY + "; frame-ancestors 'self'");
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("Referrer-Policy", "no-referrer");
    headers.put("Cache-Control", "private, max-age=31536000, immutable");
    return headers;
  }

  /** SHA-256 of the served document in hex; part of its URL. */
  public static String sha256(ToolDocument tool) {
    return Sha256.hex(served(tool));
  }
}
