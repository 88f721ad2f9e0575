package dev.keywheel.article.plan;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The Markdown texts of a part, by the id of their block: {@code s1-1} in a section, {@code steps}
 * in the guide, {@code q1} in the FAQ.
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
