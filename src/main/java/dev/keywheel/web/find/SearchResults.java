package dev.keywheel.web.find;

import java.util.List;

/**
 * All that was found, by kinds.
 *
 * @param text what was looked for; empty for nothing in particular
 * @param kinds only those of which there is something
 */
public record SearchResults(String text, List<Kind> kinds) {
  /** Things of one kind. */
  public record Kind(String title, List<Hit> hits) {}

  public SearchResults {
    kinds = kinds.stream().filter(kind -> !kind.hits().isEmpty()).toList();
  }

  public boolean nothing() {
    return kinds.isEmpty();
  }
}
