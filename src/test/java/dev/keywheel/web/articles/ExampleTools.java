package dev.keywheel.web.articles;

import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.view.ToolReport;
import dev.keywheel.article.view.ToolReport.ComparedOutput;
import dev.keywheel.article.view.ToolReport.TestedCase;
import java.util.List;

/** Examples of checked tools. */
final class ExampleTools {
  private ExampleTools() {}

  /** A tool that passed, or one that was omitted before a browser or a model checked it. */
  static ToolReport report(boolean accepted) {
    return accepted
        ? new ToolReport(
            true,
            "validator",
            Review.Verdict.FIXED,
            "Accepted: validator's version.",
            List.of(
                new Review.Issue(
                    "major",
                    "script",
                    "The divisor was the number of years.",
                    "It is the number of months now.")),
            BrowserCheck.State.PASSED,
            "",
            List.of(
                new TestedCase(
                    "plan",
                    "amount = 200000, rate = 4.5, years = 30",
                    List.of(new ComparedOutput("payment", "1013.37", "1,013.37 €", true)),
                    true),
                new TestedCase(
                    "review",
                    "amount = 100000, rate = 0, years = 10",
                    List.of(
                        new ComparedOutput("payment", "833.33", "833.33 €", true),
                        new ComparedOutput("total", "100000", "", false)),
                    false)),
            List.of(
                new Finding("T14", Finding.Severity.WARNING, 42, "A colour is too light to read.")),
            "")
        : new ToolReport(
            false,
            "generator",
            null,
            "",
            List.of(),
            BrowserCheck.State.NOT_RUN,
            "No browser is configured.",
            List.of(),
            List.of(
                new Finding(
                    "T06", Finding.Severity.ERROR, 17, "The output \"payment\" does not exist.")),
            "<!doctype html>\n<html><body><script>"
                + "averylongwordwithoutanyspace".repeat(12)
                + "</script></body></html>");
  }
}
