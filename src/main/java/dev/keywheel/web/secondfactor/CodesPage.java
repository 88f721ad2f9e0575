package dev.keywheel.web.secondfactor;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** New recovery codes, shown once. */
public record CodesPage(List<String> codes) {
  /** The codes as a file in an address, so that they need not be sent again. */
  public String download() {
    var text =
        "Recovery codes for Keywheel; each works once.\n\n" + String.join("\n", codes) + "\n";
    return "data:text/plain;charset=utf-8,"
        + URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    return "CodesPage[…]";
  }
}
