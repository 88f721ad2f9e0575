package dev.keywheel.article.tool;

import dev.keywheel.db.Sha256;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A tool as it is put into its frame.
 *
 * <p>The boundary is the browser's: an origin of its own (sandbox without {@code
 * allow-same-origin}), a policy that allows no address at all, and a surrounding page whose {@code
 * frame-src} keeps the frame from going elsewhere. A prelude that runs before the tool closes what
 * policies leave open: it keeps forms from leaving, takes away peer connections, shows what would
 * have been a dialog, and tells the page the height and any error.
 */
public final class FramedTool {
  private static final String POLICY =
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

  /** Names no tool needs, taken away before its script runs. */
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

  /** The document for a route of its own. */
  public static String served(ToolDocument tool) {
    return ToolDocument.inHead(tool.html(), PRELUDE);
  }

  /**
   * The document for {@code srcdoc} in a file on disk, where no header comes along: the policy
   * stands in it.
   */
  public static String embedded(ToolDocument tool) {
    return ToolDocument.inHead(
        tool.html(),
        "<meta http-equiv=\"Content-Security-Policy\" content=\"" + POLICY + "\">" + PRELUDE);
  }

  /** Headers that {@link #served} must be sent with. */
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

  /** SHA-256 of what is served, in hex: the address of this very text. */
  public static String sha256(ToolDocument tool) {
    return Sha256.hex(served(tool));
  }
}
