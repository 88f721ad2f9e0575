package dev.keywheel.web.articles;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The name under which a browser saves a file. */
final class FileName {
  private FileName() {}

  /**
   * The header, with the name in plain letters for old readers and in full for the others (RFC
   * 6266).
   */
  static String attachment(String name) {
    var plain = name.replaceAll("[^A-Za-z0-9._-]", "_");
    var full = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + full;
  }
}
