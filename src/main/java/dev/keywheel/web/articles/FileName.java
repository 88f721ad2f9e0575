package dev.keywheel.web.articles;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The name under which a browser saves a file. */
final class FileName {
  private FileName() {}

  /**
   * The value of {@code Content-Disposition}, with an ASCII name for old browsers and the full name
   * for all others (RFC 6266).
   */
  static String attachment(String name) {
    var plain = name.replaceAll("[^A-Za-z0-9._-]", "_");
    var full = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + full;
  }
}
