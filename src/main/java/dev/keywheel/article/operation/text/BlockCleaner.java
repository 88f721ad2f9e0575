package dev.keywheel.article.operation.text;

import dev.keywheel.article.reply.Blocks;
import dev.keywheel.article.reply.ReplyCleaner;
import dev.keywheel.article.text.HtmlToMarkdown;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.Sentences;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reduces the blocks of a reply to the texts that can be published. */
final class BlockCleaner {
  private BlockCleaner() {}

  /** The texts in Markdown, without remarks of the model and in a length that the page shows. */
  static Map<String, String> cleaned(Map<String, String> blocks, List<String> repairs) {
    var texts = new LinkedHashMap<String, String>();
    blocks.forEach((id, text) -> texts.put(id, HtmlToMarkdown.markdown(text)));
    if (!texts.equals(blocks)) {
      repairs.add("HTML turned into Markdown");
    }
    var whole = Map.copyOf(texts);
    texts.replaceAll((_, text) -> ReplyCleaner.withoutRemarks(text));
    if (!texts.equals(whole)) {
      repairs.add("closing remarks removed");
    }
    if (texts.values().stream().anyMatch(text -> text.length() > MarkdownToHtml.MAX_LENGTH)) {
      repairs.add("text cut to " + MarkdownToHtml.MAX_LENGTH + " characters");
      texts.replaceAll((_, text) -> MarkdownToHtml.bounded(text));
    }
    return texts;
  }

  /** Reduces the last block of a truncated reply to its complete sentences. */
  static Map<String, String> trimmed(Blocks found, boolean cut) {
    var texts = new LinkedHashMap<>(found.texts());
    if (cut) {
      texts.computeIfPresent(found.last(), (_, text) -> Sentences.whole(text));
    }
    return texts;
  }
}
