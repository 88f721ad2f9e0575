package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The review of a tool by a second model.
 *
 * @param checks test cases that follow from the brief alone
 * @param corrected the complete corrected document for the verdict {@link Verdict#FIXED}; null if
 *     there is no such document
 */
public record Review(
    Verdict verdict, List<Issue> issues, List<ToolTest> checks, @Nullable String corrected) {

  public enum Verdict {
    PASS,
    FIXED,
    REJECT
  }

  /**
   * A problem that the reviewer found.
   *
   * @param severity {@code error} or {@code warning}
   * @param where the place in the document, in the reviewer's words; may be empty
   * @param fix the proposed correction; may be empty
   */
  public record Issue(String severity, String where, String problem, String fix) {}
}
