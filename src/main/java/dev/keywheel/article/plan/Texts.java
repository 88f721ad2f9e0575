package dev.keywheel.article.plan;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Markdown by the id of its block: of a section ({@code s1-1}), the guide ({@code steps}) or the
 * FAQ ({@code q1}).
 *
 * @param blocks in the order of the page
 */
public record Texts(Map<String, String> blocks) {
  public Texts {
    blocks = Collections.unmodifiableMap(new LinkedHashMap<>(blocks));
  }

  /** Text of a block; empty when there is none. */
  public String of(String id) {
    return blocks.getOrDefault(id, "");
  }

  /** All texts in order, separated by an empty line. */
  public String all() {
    return String.join("\n\n", blocks.values());
  }
}
