package dev.keywheel.web.dashboard;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import java.util.Map;

/**
 * An action that a user can take for a pool, as a button or a link.
 *
 * @param path target of the form or link
 * @param fields hidden fields of the form; empty for a link
 */
public record PoolAction(String label, String path, Map<String, String> fields) {

  static PoolAction test(String provider, int keys) {
    return new PoolAction(
        "Test " + NumberFormats.counted(keys, "key"), "/recovery", Map.of("provider", provider));
  }

  /** Enables all disabled keys of the pool: submits the selection of all rows of the key list. */
  static PoolAction enable(String provider, int keys) {
    var list = Url.of("/keys").with("status", KeyStatus.DISABLED.code()).with("provider", provider);
    return new PoolAction(
        "Enable " + NumberFormats.counted(keys, "key"),
        "/keys/enablement",
        Map.of("all", String.valueOf(keys), "view", list.toString(), "next", "/"));
  }

  static PoolAction replace(String provider, int keys) {
    return link(
        "Replace " + NumberFormats.counted(keys, "failed key"), "/keys/replacements", provider);
  }

  static PoolAction add(String provider) {
    return link("Add keys", "/keys/new", provider);
  }

  private static PoolAction link(String label, String path, String provider) {
    return new PoolAction(label, Url.of(path).with("provider", provider).toString(), Map.of());
  }

  public boolean isForm() {
    return !fields.isEmpty();
  }
}
