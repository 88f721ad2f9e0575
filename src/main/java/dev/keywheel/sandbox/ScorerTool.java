package dev.keywheel.sandbox;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.List;
import java.util.Map;

/** Rates a choice by weighted criteria: the tool for every topic that has no better one. */
final class ScorerTool implements ToolFamily {

  /** In hundredths, for so many criteria, the most important first. */
  private static final List<List<Integer>> WEIGHTS =
      List.of(
          List.of(100),
          List.of(60, 40),
          List.of(50, 30, 20),
          List.of(40, 25, 20, 15),
          List.of(30, 25, 20, 15, 10),
          List.of(25, 22, 18, 15, 12, 8),
          List.of(24, 20, 16, 14, 11, 9, 6),
          List.of(22, 18, 15, 13, 11, 9, 7, 5));

  private static final List<String> EXAMPLES = List.of("7", "6", "8", "5", "9", "6", "7", "5");

  @Override
  public String script() {
    return "scorer.js";
  }

  @Override
  public String action() {
    return "Work out the score";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    var criteria = subject.angle().criteria();
    var inputs = new java.util.ArrayList<Field>();
    for (var i = 0; i < criteria.size(); i++) {
      inputs.add(
          Field.number("criterion-" + (i + 1), criteria.get(i), "of 10", 0, 10, EXAMPLES.get(i)));
    }
    return new ToolBrief(
        subject.toolName(subject.angle().tool()),
        "scorer",
        "Rates "
            + subject.angle().thing()
            + " by five criteria that do not weigh the same, and names its weakest point.",
        inputs,
        List.of(
            new Output("score", "Score, 0 to 100", ""),
            new Output("verdict", "Verdict", ""),
            new Output("weakest", "Weakest point", "")),
        "Each criterion is rated from 0 to 10 and counts "
            + words(WEIGHTS.get(inputs.size() - 1))
            + " points at most, in this order. Score = sum of weight × rating ÷ 10, one decimal. 75 and more is strong, 50 "
            + "and more fair, less is weak. The weakest point is the criterion that loses the most points, none when all are "
            + "full.",
        List.of());
  }

  private static String words(List<Integer> weights) {
    return String.join(", ", weights.stream().map(String::valueOf).toList());
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var weights = weights(brief);
    var score = 0.0;
    var loss = 0.0;
    var weakest = "none";
    for (var i = 0; i < brief.inputs().size(); i++) {
      var field = brief.inputs().get(i);
      var part = (ToolFamily.value(set, field.id()) - field.min()) / (field.max() - field.min());
      score += weights.get(i) * part;
      if (weights.get(i) * (1 - part) > loss) {
        loss = weights.get(i) * (1 - part);
        weakest = field.label();
      }
    }
    var verdict =
        score >= 75
            ? "Strong: go ahead"
            : score >= 50 ? "Fair: improve it first" : "Weak: look for something better";
    return ToolFamily.results(
        "score", Shown.number(score, 1), "verdict", verdict, "weakest", weakest);
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    var strong = new java.util.LinkedHashMap<String, String>();
    var none = new java.util.LinkedHashMap<String, String>();
    for (var i = 0; i < brief.inputs().size(); i++) {
      strong.put(brief.inputs().get(i).id(), i == 1 ? "7" : "9");
      none.put(brief.inputs().get(i).id(), "0");
    }
    return List.of(strong, none);
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("score += weights[i] * part", "score += weights[i] * part / 2");
  }

  @Override
  public Map<String, String> slots(ToolBrief brief) {
    return Map.of("weights", Json.text(weights(brief)));
  }

  /**
   * Takes any brief whose inputs are all numbers and whose outputs are a score, a verdict and a
   * weakest point.
   */
  @Override
  public boolean made(ToolBrief brief) {
    return brief.inputs().size() <= WEIGHTS.size()
        && brief.inputs().stream().allMatch(Field::isNumber)
        && brief.outputs().stream()
            .map(Output::id)
            .toList()
            .equals(List.of("score", "verdict", "weakest"));
  }

  private static List<Integer> weights(ToolBrief brief) {
    return WEIGHTS.get(Math.clamp(brief.inputs().size(), 1, WEIGHTS.size()) - 1);
  }
}
