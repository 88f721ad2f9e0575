package dev.keywheel.web.secondfactor;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** New recovery codes, shown once. */
public record CodesPage(List<String> codes) {
  /** A data URL with the codes as a text file, so that the server need not send them again. */
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
