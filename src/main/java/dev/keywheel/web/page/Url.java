package dev.keywheel.web.page;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Builds a local URL with a query; omits empty values. Immutable. */
public final class Url {
  private final String text;
  private final boolean query;

  private Url(String text, boolean query) {
    this.text = text;
    this.query = query;
  }

  public static Url of(String path) {
    return new Url(path, path.contains("?"));
  }

  public Url with(String name, @Nullable Object value) {
    var text = value == null ? "" : value.toString();
    if (text.isEmpty()) {
      return this;
    }
    return new Url(this.text + (query ? "&" : "?") + encoded(name) + "=" + encoded(text), true);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return text;
  }
}
