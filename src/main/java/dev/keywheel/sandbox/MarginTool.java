package dev.keywheel.sandbox;

import static dev.keywheel.sandbox.ToolFamily.value;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.List;
import java.util.Map;

/** A selling price from cost and markup, and the margin in it. */
final class MarginTool implements ToolFamily {

  @Override
  public String script() {
    return "margin.js";
  }

  @Override
  public String action() {
    return "Calculate";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    return new ToolBrief(
        "Price and Margin Calculator",
        "calculator",
        "Turns cost and markup into a selling price, and shows the profit in it as a sum and as a margin.",
        List.of(
            Field.number("cost", "Cost per unit", "", 0, 1_000_000_000, "40"),
            Field.number("markup", "Markup on cost", "%", 0, 10_000, "60")),
        List.of(
            new Output("price", "Selling price", ""),
            new Output("profit", "Profit per unit", ""),
            new Output("margin", "Margin", "%")),
        "Profit = cost × markup ÷ 100. Price = cost + profit. Margin = profit ÷ price × 100, 0 when the price is 0. Two "
            + "decimals.",
        List.of());
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var cost = value(set, "cost");
    var profit = cost * value(set, "markup") / 100;
    var price = cost + profit;
    return ToolFamily.results(
        "price", Shown.number(price, 2),
        "profit", Shown.number(profit, 2),
        "margin", Shown.number(price == 0 ? 0 : profit / price * 100, 2));
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of(
        ToolFamily.with(brief, "cost", "12.5", "markup", "100"),
        ToolFamily.with(brief, "cost", "18", "markup", "0"));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("v.markup / 100", "v.markup / 10");
  }
}
