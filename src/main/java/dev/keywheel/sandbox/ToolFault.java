package dev.keywheel.sandbox;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A mistake that a model could make in a tool, planted on purpose so that the checks can be seen to
 * find it.
 */
enum ToolFault {
  NAN(
      "shows NaN when a field is 0",
      "The guard against values that cannot be calculated with was put back.") {
    @Override
    String plant(String html, ToolFamily family) {
      return html.replace(
              "return { value };\n    }\n    if (field.type === 'date')",
              "return { value: value * value / value };\n    }\n    if (field.type === 'date')")
          .replace("/NaN|∞|undefined/", "/undefined/");
    }
  },
  DIVISOR("calculates with a wrong divisor", "The divisor is the one of the brief again.") {
    @Override
    String plant(String html, ToolFamily family) {
      return html.replace(family.wrongDivisor().getKey(), family.wrongDivisor().getValue());
    }
  },
  DEADBUTTON("the button does nothing", "The button submits the form again.") {
    @Override
    String plant(String html, ToolFamily family) {
      return html.replace("<button type=\"submit\"", "<button type=\"button\"");
    }
  },
  NETWORK("asks the network", "The call to another host was taken out.") {
    @Override
    String plant(String html, ToolFamily family) {
      return html.replace(
          "    const values = {};\n",
          "    const values = {};\n    fetch('https://rates.example/latest.json');\n");
    }
  },
  WIDE("is 900 px wide", "The page fits a narrow screen again.") {
    @Override
    String plant(String html, ToolFamily family) {
      return html.replace("main { max-width: 44rem;", "main { width: 900px;");
    }
  },
  LOSTID(
      "looks for an id that does not exist",
      "The id in the script is the one in the document again.") {
    @Override
    String plant(String html, ToolFamily family) {
      return html.replace("getElementById('tool-message')", "getElementById('tool-massage')");
    }
  };

  private final String problem;
  private final String fix;

  ToolFault(String problem, String fix) {
    this.problem = problem;
    this.fix = fix;
  }

  abstract String plant(String html, ToolFamily family);

  String problem() {
    return problem;
  }

  String fix() {
    return fix;
  }

  String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  static List<String> words() {
    return Arrays.stream(values()).map(ToolFault::word).toList();
  }

  /** The fault of that word; the first one for an empty word. */
  static ToolFault named(String word) {
    return Arrays.stream(values()).filter(f -> f.word().equals(word)).findFirst().orElse(NAN);
  }

  /** The fault by which a document differs from the sound one. */
  static Optional<ToolFault> in(String document, String sound, ToolFamily family) {
    return Arrays.stream(values()).filter(f -> same(document, f.plant(sound, family))).findFirst();
  }

  /** Whether two documents are the same but for white space. */
  static boolean same(String one, String other) {
    return one.replaceAll("\\s+", "").equals(other.replaceAll("\\s+", ""));
  }
}
