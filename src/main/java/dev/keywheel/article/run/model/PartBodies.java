package dev.keywheel.article.run.model;

import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.tool.ToolDocument;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The bodies of parts, stored as JSON. The body of the plan is {@link
 * dev.keywheel.article.plan.PagePlan} itself.
 */
public final class PartBodies {
  private PartBodies() {}

  /**
   * The tool.
   *
   * @param accepted whether it may be published
   * @param source {@code generator}, {@code validator} or {@code edit}
   * @param findings of the static rules and the browser
   */
  public record ToolBody(
      ToolDocument document,
      boolean accepted,
      String source,
      List<Finding> findings,
      BrowserCheck browser) {}

  /**
   * The reviewer's opinion.
   *
   * @param decision which version was chosen and why, as a sentence
   */
  public record ReviewBody(Review review, String decision) {}

  /**
   * Guide, a section, or the FAQ.
   *
   * @param headings under which each block was written, by its id: a plan may change after it; none
   *     for the guide, and for blocks of before this was noted
   * @param asked ids of the blocks that were written to a person's wish: how long they are is that
   *     person's business
   */
  public record TextBody(Texts texts, Map<String, String> headings, Set<String> asked) {
    public TextBody {
      // Older versions do not have them.
      headings = Collections.unmodifiableMap(Objects.requireNonNullElse(headings, Map.of()));
      asked = asked == null ? Set.of() : Collections.unmodifiableSet(new TreeSet<>(asked));
    }

    /** The same, with these blocks written to a person's wish. */
    public TextBody asking(Set<String> blocks) {
      return new TextBody(texts, headings, blocks);
    }
  }

  /**
   * The picture; its bytes are beside it.
   *
   * @param origin {@code provider}, {@code local} or {@code upload}
   * @param why a local cover was drawn; empty for a provider's picture
   */
  public record ImageBody(String alt, String origin, String why) {}
}
