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
   * @param findings the findings of the static rules and of the browser
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
   * The texts of the guide, a section or the FAQ.
   *
   * @param headings the heading under which each block was written, by block id, because the plan
   *     may change later; none for the guide and for blocks stored before headings were recorded
   * @param asked ids of the blocks that were written according to a user's instruction, to which
   *     rules about length do not apply
   */
  public record TextBody(Texts texts, Map<String, String> headings, Set<String> asked) {
    public TextBody {
      // Older versions do not have these two fields.
      headings = Collections.unmodifiableMap(Objects.requireNonNullElse(headings, Map.of()));
      asked = asked == null ? Set.of() : Collections.unmodifiableSet(new TreeSet<>(asked));
    }

    /** A copy in which {@code asked} contains these blocks. */
    public TextBody withAsked(Set<String> blocks) {
      return new TextBody(texts, headings, blocks);
    }
  }

  /**
   * The picture; its bytes are stored in a separate column.
   *
   * @param origin {@code provider}, {@code local} or {@code upload}
   * @param why the reason why a local cover was drawn; empty for other pictures
   */
  public record ImageBody(String alt, String origin, String why) {}
}
