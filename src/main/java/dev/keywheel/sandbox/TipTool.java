package dev.keywheel.sandbox;

import static dev.keywheel.sandbox.ToolFamily.value;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.List;
import java.util.Map;

/** A bill with a tip, shared by several people. */
final class TipTool implements ToolFamily {

  @Override
  public String script() {
    return "tip.js";
  }

  @Override
  public String action() {
    return "Calculate";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    return new ToolBrief(
        "Tip and Share Calculator",
        "calculator",
        "Adds a tip to a bill and splits the sum evenly among the people at the table.",
        List.of(
            Field.number("bill", "Bill", "", 0, 10_000_000, "96"),
            Field.number("tip", "Tip", "%", 0, 100, "15"),
            Field.number("people", "People who share", "people", 1, 500, "4")),
        List.of(
            new Output("tipped", "Tip altogether", ""),
            new Output("total", "Bill with tip", ""),
            new Output("share", "Each person pays", "")),
        "Tip = bill × tip ÷ 100. Total = bill + tip. Share = total ÷ people, people rounded to a whole number. Two decimals.",
        List.of());
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var bill = value(set, "bill");
    var tip = bill * value(set, "tip") / 100;
    var total = bill + tip;
    return ToolFamily.results(
        "tipped", Shown.number(tip, 2),
        "total", Shown.number(total, 2),
        "share", Shown.number(total / Math.round(value(set, "people")), 2));
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of(
        ToolFamily.with(brief, "bill", "58.4", "tip", "20", "people", "3"),
        ToolFamily.with(brief, "bill", "42", "tip", "0", "people", "1"));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("v.tip / 100", "v.tip / 10");
  }
}
