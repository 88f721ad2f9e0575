package dev.keywheel.web.find;

import java.util.List;
import java.util.Locale;

/**
 * Search hits, grouped by kind.
 *
 * @param text the search text; may be empty
 * @param kinds only kinds with hits
 */
public record SearchResults(String text, List<Kind> kinds) {
  public record Kind(String title, List<Hit> hits) {
    /** The title as a part of an id. */
    public String id() {
      return title.toLowerCase(Locale.ROOT).replace(' ', '-');
    }
  }

  public SearchResults {
    kinds = kinds.stream().filter(kind -> !kind.hits().isEmpty()).toList();
  }

  public boolean isEmpty() {
    return kinds.isEmpty();
  }
}
