package dev.keywheel.article.tool.judge;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.tool.Review.Verdict;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.ToolDocument;

/**
 * The choice between two versions of a tool. The reviewer proposes a version and the tests decide:
 * a version is never replaced by one with a worse score.
 *
 * @param selected the better version
 * @param source {@code generator} or {@code validator}
 * @param decision a sentence with the decision and its reason
 */
public record VersionSelection(ToolAssessment selected, String source, String decision) {

  /** Chooses between the tool and the version that the reviewer corrected, if there is one. */
  public static VersionSelection of(
      ToolAssessment before,
      String sourceBefore,
      Review review,
      ToolBrief brief,
      String language,
      ToolCheck check) {
    var old =
        review.checks().isEmpty()
            ? before
            : ToolAssessment.of(
                before.tool(),
                language,
                ToolAssessment.tests(brief, before.tool(), review.checks()),
                check);
    var corrected = review.corrected();
    if (corrected == null) {
      return new VersionSelection(old, sourceBefore, sentence(old, review.verdict(), sourceBefore));
    }
    var tool = ToolDocument.of(corrected, brief, language);
    var author =
        tool.manifest().tests().isEmpty()
            ? before.tool().manifest().tests()
            : tool.manifest().tests();
    var fresh =
        ToolAssessment.of(
            tool, language, ToolAssessment.tests(brief, tool, author, review.checks()), check);
    boolean takeFresh =
        old.worseThan(fresh) || (!fresh.worseThan(old) && review.verdict() != Verdict.PASS);
    return takeFresh
        ? new VersionSelection(fresh, "validator", sentence(fresh, review.verdict(), "validator"))
        : new VersionSelection(old, sourceBefore, sentence(old, review.verdict(), sourceBefore));
  }

  private static String sentence(ToolAssessment selected, Verdict verdict, String source) {
    var version = source + "'s version";
    if (!selected.acceptable()) {
      int errors = selected.errors() + selected.failures();
      return "Rejected: the better of the versions (%s) still has %s %s"
          .formatted(version, errors, errors == 1 ? "error." : "errors.");
    }
    return verdict == Verdict.REJECT
        ? "Accepted: " + version + "; the reviewer disagrees."
        : "Accepted: " + version + ".";
  }
}
