package dev.keywheel.article.tool;

/**
 * Something found in a tool.
 *
 * @param rule {@code T01} to {@code T17} for the rules, {@code H…} for what was seen in the browser
 * @param line of the document, from 1; 0 when it is about the whole
 */
public record Finding(String rule, Severity severity, int line, String text) {

  /** An error stands in the way of publishing. */
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

  /** Whether it was seen in the browser, and not in the code. */
  public boolean seen() {
    return rule.startsWith("H");
  }

  /** One line for a list or for a model. */
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
