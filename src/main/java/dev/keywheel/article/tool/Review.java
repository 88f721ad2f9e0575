package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the checking model said of a tool.
 *
 * @param checks test cases worked out from the brief alone
 * @param corrected the whole corrected document, when the verdict is {@link Verdict#FIXED}; else
 *     null
 */
public record Review(
    Verdict verdict, List<Issue> issues, List<ToolTest> checks, @Nullable String corrected) {

  public enum Verdict {
    PASS,
    FIXED,
    REJECT
  }

  public record Issue(String severity, String where, String problem, String fix) {}
}
