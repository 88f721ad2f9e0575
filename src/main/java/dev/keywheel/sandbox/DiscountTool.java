package dev.keywheel.sandbox;

import static dev.keywheel.sandbox.ToolFamily.value;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.List;
import java.util.Map;

/** A price after a discount and with tax. */
final class DiscountTool implements ToolFamily {

  @Override
  public String script() {
    return "discount.js";
  }

  @Override
  public String action() {
    return "Calculate";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    return new ToolBrief(
        "Discount Calculator",
        "calculator",
        "Takes a percentage off a price, adds tax to the rest, and shows what is saved and what is to be paid.",
        List.of(
            Field.number("price", "Original price", "", 0, 1_000_000_000, "80"),
            Field.number("discount", "Discount", "%", 0, 100, "25"),
            Field.number("tax", "Tax added afterwards", "%", 0, 100, "8")),
        List.of(
            new Output("final", "Price to pay", ""),
            new Output("saved", "Saved by the discount", ""),
            new Output("taxed", "Tax in the price", "")),
        "Saved = price × discount ÷ 100. Tax = (price − saved) × tax ÷ 100. To pay = price − saved + tax. Two decimals.",
        List.of());
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var price = value(set, "price");
    var saved = price * value(set, "discount") / 100;
    var net = price - saved;
    var tax = net * value(set, "tax") / 100;
    return ToolFamily.results(
        "final",
        Shown.number(net + tax, 2),
        "saved",
        Shown.number(saved, 2),
        "taxed",
        Shown.number(tax, 2));
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of(
        ToolFamily.with(brief, "price", "249.99", "discount", "15", "tax", "20"),
        ToolFamily.with(brief, "price", "120", "discount", "0", "tax", "0"));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("v.discount / 100", "v.discount / 10");
  }
}
