package dev.keywheel.web.dashboard;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import java.util.Map;

/**
 * A button that helps a pool.
 *
 * @param path target of the form or link
 * @param fields hidden fields of the form; empty for a link
 */
public record PoolHelp(String label, String path, Map<String, String> fields) {

  static PoolHelp test(String provider, int keys) {
    return new PoolHelp(
        "Test " + NumberFormats.counted(keys, "key"), "/recovery", Map.of("provider", provider));
  }

  /** Enables all disabled keys of the pool: submits the selection of all rows of the key list. */
  static PoolHelp enable(String provider, int keys) {
    var list = Url.of("/keys").with("status", KeyStatus.DISABLED.code()).with("provider", provider);
    return new PoolHelp(
        "Enable " + NumberFormats.counted(keys, "key"),
        "/keys/enablement",
        Map.of("all", String.valueOf(keys), "view", list.toString(), "next", "/"));
  }

  static PoolHelp replace(String provider, int keys) {
    return link(
        "Replace " + NumberFormats.counted(keys, "failed key"), "/keys/replacements", provider);
  }

  static PoolHelp add(String provider) {
    return link("Add keys", "/keys/new", provider);
  }

  private static PoolHelp link(String label, String path, String provider) {
    return new PoolHelp(label, Url.of(path).with("provider", provider).toString(), Map.of());
  }

  public boolean form() {
    return !fields.isEmpty();
  }
}
