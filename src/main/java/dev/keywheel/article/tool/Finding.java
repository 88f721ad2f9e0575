package dev.keywheel.article.tool;

import java.util.List;

/**
 * A problem of a tool.
 *
 * @param rule {@code T01} to {@code T17} for the static rules, {@code H…} for the browser test
 * @param line 1-based line of the document; 0 for the whole document
 */
public record Finding(String rule, Severity severity, int line, String text) {

  /** An error prevents publishing. */
  public enum Severity {
    ERROR,
    WARNING
  }

  public static Finding error(String rule, int line, String text) {
    return new Finding(rule, Severity.ERROR, line, text);
  }

  public static Finding warning(String rule, int line, String text) {
    return new Finding(rule, Severity.WARNING, line, text);
  }

  public boolean isError() {
    return severity == Severity.ERROR;
  }

  /** The first {@code most} errors, each on one line. */
  public static List<String> errors(List<Finding> findings, int most) {
    return findings.stream().filter(Finding::isError).limit(most).map(f -> f.line("")).toList();
  }

  /** The finding for a user who edits the tool. */
  public String message() {
    return line > 0 ? "Line " + line + ": " + text : text;
  }

  /** Whether the browser test reported this finding. */
  public boolean inBrowser() {
    return rule.startsWith("H");
  }

  /** The finding on one line that begins with the prefix, for a list or a prompt. */
  public String line(String prefix) {
    return prefix
        + rule
        + " "
        + severity.name().toLowerCase(java.util.Locale.ROOT)
        + (line > 0 ? " line " + line : "")
        + ": "
        + text;
  }
}
