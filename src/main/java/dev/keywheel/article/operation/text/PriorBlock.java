package dev.keywheel.article.operation.text;

import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.TextSimilarity.Shingles;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A block that later texts must not repeat, prepared for comparison.
 *
 * @param plain the text of the block without markup
 */
record PriorBlock(String id, String plain, Shingles shingles) {
  static List<PriorBlock> all(Stream<Texts> parts) {
    return parts.flatMap(p -> p.blocks().entrySet().stream()).map(PriorBlock::of).toList();
  }

  private static PriorBlock of(Map.Entry<String, String> block) {
    var plain = MarkdownToHtml.plain(block.getValue());
    return new PriorBlock(block.getKey(), plain, Shingles.of(plain));
  }
}
