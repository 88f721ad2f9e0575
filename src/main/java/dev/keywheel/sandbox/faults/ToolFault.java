package dev.keywheel.sandbox.faults;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A fault that a model could make in a tool, inserted to demonstrate the checks. */
public enum ToolFault {
  NAN(
      "shows NaN when a field is 0",
      "The guard against values that cannot be calculated is back.",
      "return { value };\n    }\n    if (field.type === 'date')",
      "return { value: value * value / value };\n    }\n    if (field.type === 'date')",
      "/NaN|∞|undefined/",
      "/undefined/"),
  /** Uses the replacement that the tool's definition provides, see {@link #plant}. */
  DIVISOR("calculates with a wrong divisor", "The divisor is again the one in the brief."),
  DEADBUTTON(
      "the button does nothing",
      "The button submits the form again.",
      "<button type=\"submit\"",
      "<button type=\"button\""),
  NETWORK(
      "sends a request over the network",
      "The call to another host was removed.",
      "    const values = {};\n",
      "    const values = {};\n    fetch('https://rates.example/latest.json');\n"),
  WIDE(
      "is 900 px wide",
      "The page fits a narrow screen again.",
      "main { max-width: 44rem;",
      "main { width: 900px;"),
  LOSTID(
      "looks for an id that does not exist",
      "The id in the script is again the one in the document.",
      "getElementById('tool-message')",
      "getElementById('tool-massage')");

  private final String problem;
  private final String fix;
  private final List<String> replacements;

  /**
   * @param replacements pairs of a text in the document and its replacement
   */
  ToolFault(String problem, String fix, String... replacements) {
    this.problem = problem;
    this.fix = fix;
    this.replacements = List.of(replacements);
  }

  /**
   * Returns the document with this fault.
   *
   * @param divisor a piece of the tool's script, and a replacement that calculates wrong results
   */
  public String plant(String html, Map.Entry<String, String> divisor) {
    var pairs = this == DIVISOR ? List.of(divisor.getKey(), divisor.getValue()) : replacements;
    var faulty = html;
    for (var i = 0; i < pairs.size(); i += 2) {
      faulty = faulty.replace(pairs.get(i), pairs.get(i + 1));
    }
    return faulty;
  }

  public String problem() {
    return problem;
  }

  public String fix() {
    return fix;
  }

  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> codes() {
    return Arrays.stream(values()).map(ToolFault::code).toList();
  }

  /** The fault with this code; {@link #NAN} for an empty or unknown code. */
  public static ToolFault named(String code) {
    return Arrays.stream(values()).filter(f -> f.code().equals(code)).findFirst().orElse(NAN);
  }

  /** The fault by which a document differs from the correct one; empty if there is none. */
  public static Optional<ToolFault> in(
      String document, String correct, Map.Entry<String, String> divisor) {
    return Arrays.stream(values())
        .filter(f -> differOnlyInSpace(document, f.plant(correct, divisor)))
        .findFirst();
  }

  /** Whether two documents differ only in white space. */
  public static boolean differOnlyInSpace(String one, String other) {
    return one.replaceAll("\\s+", "").equals(other.replaceAll("\\s+", ""));
  }
}
