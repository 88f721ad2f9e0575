package dev.keywheel.web.articles;

import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.view.ToolReport;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import java.util.List;

/** Texts for the checks of a tool. A check that was not made is never shown as passed. */
public final class ToolMessages {
  private ToolMessages() {}

  public static String maker(ToolReport tool) {
    return switch (tool.maker()) {
      case "validator" -> "Corrected by the reviewer.";
      case "edit" -> "Edited by a user.";
      default -> "The author's version, unchanged.";
    };
  }

  public static String label(BrowserCheck.State state) {
    return switch (state) {
      case PASSED -> "Passed";
      case FAILED -> "Failed";
      case NOT_COMPARED -> "Not compared";
      case NOT_RUN -> "Not run";
    };
  }

  public static Severity tone(BrowserCheck.State state) {
    return switch (state) {
      case PASSED -> Severity.OK;
      case FAILED -> Severity.BAD;
      case NOT_COMPARED -> Severity.WARN;
      case NOT_RUN -> Severity.OFF;
    };
  }

  /** The model's verdict, with a note if the checks overruled it. */
  public static String verdict(ToolReport tool) {
    var verdict =
        switch (tool.verdict()) {
          case null -> "Not reviewed";
          case PASS -> "Pass";
          case FIXED -> "Fixed";
          case REJECT -> "Reject";
        };
    return overruled(tool) ? verdict + ", overruled by the checks" : verdict;
  }

  private static boolean overruled(ToolReport tool) {
    var verdict = tool.verdict();
    return !tool.accepted() && verdict != null && verdict != Review.Verdict.REJECT;
  }

  public static Severity verdictTone(ToolReport tool) {
    if (overruled(tool)) {
      return Severity.WARN;
    }
    return switch (tool.verdict()) {
      case null -> Severity.OFF;
      case PASS -> Severity.OK;
      case FIXED -> Severity.INFO;
      case REJECT -> Severity.WARN;
    };
  }

  /** The source of an expected value. */
  public static String source(String source) {
    return switch (source) {
      case "plan" -> "Plan";
      case "tool" -> "Author";
      case "review" -> "Reviewer";
      default -> source;
    };
  }

  public static String errors(List<Finding> findings) {
    long errors = ToolReport.errors(findings);
    return errors == 0 ? "No errors" : NumberFormats.counted(errors, "error");
  }

  /** The number of warnings; empty if there are none. */
  public static String warnings(List<Finding> findings) {
    long warnings = findings.size() - ToolReport.errors(findings);
    return warnings == 0 ? "" : NumberFormats.counted(warnings, "warning");
  }
}
