package dev.keywheel.sandbox;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A kind of tool that the sandbox can build: its brief, its JavaScript, and the same calculation in
 * Java, by which the expected numbers are worked out without the code that is tested with them.
 */
interface ToolFamily {

  List<ToolFamily> ALL =
      List.of(
          new LoanTool(),
          new SavingsTool(),
          new DiscountTool(),
          new TipTool(),
          new MarginTool(),
          new ConvertTool(),
          new DatesTool(),
          new TextTool(),
          new PasswordTool(),
          new ScorerTool());

  /** File of the function {@code compute}. */
  String script();

  /** The word on the button. */
  String action();

  ToolBrief brief(Subject subject);

  /** What the tool shows for each output id when its inputs are set so. */
  Map<String, String> shows(ToolBrief brief, Map<String, String> set);

  /** Inputs to try beside the examples: an ordinary case and a borderline one. */
  List<Map<String, String>> cases(ToolBrief brief);

  /** A piece of the script and what makes it calculate wrongly. */
  Map.Entry<String, String> wrongDivisor();

  /** Values of the slots of {@link #script()}. */
  default Map<String, String> slots(ToolBrief brief) {
    return Map.of();
  }

  /** What is expected of an output: a number where it is one. */
  default ToolBrief.Expect expect(
      ToolBrief brief, Map<String, String> set, String output, String shown) {
    var number =
        shown.matches("-?[\\d,]+(\\.\\d+)?") ? Double.valueOf(shown.replace(",", "")) : null;
    return new ToolBrief.Expect(output, number, number == null ? shown : null, null);
  }

  /** Whether a brief is one of this family: it has the same inputs and outputs. */
  default boolean made(ToolBrief brief) {
    var own = brief(Subject.of(""));
    return new HashSet<>(own.inputIds()).equals(new HashSet<>(brief.inputIds()))
        && own.outputs().stream()
            .map(ToolBrief.Output::id)
            .toList()
            .equals(brief.outputs().stream().map(ToolBrief.Output::id).toList());
  }

  static Optional<ToolFamily> of(ToolBrief brief) {
    return ALL.stream().filter(family -> family.made(brief)).findFirst();
  }

  /** The brief with its tests: the examples first, then the family's own cases. */
  default ToolBrief tested(Subject subject) {
    var brief = brief(subject);
    var sets = new ArrayList<Map<String, String>>();
    sets.add(brief.examples());
    sets.addAll(cases(brief));
    return brief.withTests(sets.stream().map(set -> test(brief, set)).toList());
  }

  default ToolBrief.Test test(ToolBrief brief, Map<String, String> set) {
    var expected = new ArrayList<ToolBrief.Expect>();
    shows(brief, set).forEach((output, shown) -> expected.add(expect(brief, set, output, shown)));
    return new ToolBrief.Test(set, expected);
  }

  /** Inputs with other values than the examples. */
  static Map<String, String> with(ToolBrief brief, String... idsAndValues) {
    var set = new LinkedHashMap<>(brief.examples());
    for (var i = 0; i < idsAndValues.length; i += 2) {
      set.put(idsAndValues[i], idsAndValues[i + 1]);
    }
    return set;
  }

  static double value(Map<String, String> set, String id) {
    return Double.parseDouble(set.getOrDefault(id, "0"));
  }

  static Map<String, String> results(String... idsAndTexts) {
    var results = new LinkedHashMap<String, String>();
    for (var i = 0; i < idsAndTexts.length; i += 2) {
      results.put(idsAndTexts[i], idsAndTexts[i + 1]);
    }
    return results;
  }
}
