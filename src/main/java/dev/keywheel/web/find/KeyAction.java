package dev.keywheel.web.find;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** An action on a found key. Afterwards, the page of the key shows the result. */
enum KeyAction {
  TEST("Test", "tests", "recovery", false),
  DISABLE("Disable", "disablement", "keys", false),
  ENABLE("Enable", "enablement", "keys", true);

  private final String label;
  private final String resource;
  private final String icon;
  private final boolean forDisabledKeys;

  KeyAction(String label, String resource, String icon, boolean forDisabledKeys) {
    this.label = label;
    this.resource = resource;
    this.icon = icon;
    this.forDisabledKeys = forDisabledKeys;
  }

  /** The action that a query such as {@code test ada} begins with. */
  static Optional<KeyAction> named(SearchQuery query) {
    return Arrays.stream(values())
        .filter(it -> query.text().toLowerCase(Locale.ROOT).startsWith(it.start()))
        .findFirst();
  }

  /** The query without the action. */
  String rest(SearchQuery query) {
    return query.text().substring(start().length()).strip();
  }

  private String start() {
    return label.toLowerCase(Locale.ROOT) + " ";
  }

  Stream<Hit> hits(List<ApiKey> keys) {
    return keys.stream()
        .filter(key -> key.status() == KeyStatus.DISABLED == forDisabledKeys)
        .map(this::hit);
  }

  private Hit hit(ApiKey key) {
    var page = "/keys/" + key.id();
    return new Hit(
        label + " " + key.name(),
        key.masked(),
        icon,
        page + "/" + resource,
        new Hit.SubmitButton("found-action", "view", page));
  }
}
