package dev.keywheel.article.operation;

import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.text.Markdown;
import dev.keywheel.article.text.Overlap.Shingles;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A block that others may not say again, made ready to be held against them.
 *
 * @param plain its words as a reader sees them
 */
record Said(String id, String plain, Shingles shingles) {
  static List<Said> all(Stream<Texts> parts) {
    return parts.flatMap(p -> p.blocks().entrySet().stream()).map(Said::of).toList();
  }

  private static Said of(Map.Entry<String, String> block) {
    var plain = Markdown.plain(block.getValue());
    return new Said(block.getKey(), plain, Shingles.of(plain));
  }
}
