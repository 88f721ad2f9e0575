package dev.keywheel.web.find;

import java.util.List;

/**
 * Search hits, grouped by kind.
 *
 * @param text the search text; may be empty
 * @param kinds only kinds with hits
 */
public record SearchResults(String text, List<Kind> kinds) {
  public record Kind(String title, List<Hit> hits) {}

  public SearchResults {
    kinds = kinds.stream().filter(kind -> !kind.hits().isEmpty()).toList();
  }

  public boolean nothing() {
    return kinds.isEmpty();
  }
}
