package dev.keywheel.sandbox;

import static dev.keywheel.sandbox.ToolFamily.value;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.List;
import java.util.Map;

/** A sum and monthly deposits that grow with interest. */
final class SavingsTool implements ToolFamily {

  @Override
  public String script() {
    return "savings.js";
  }

  @Override
  public String action() {
    return "Calculate";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    return new ToolBrief(
        "Savings Growth Calculator",
        "calculator",
        "Shows what a starting sum and monthly deposits grow to, and how much of it is interest.",
        List.of(
            Field.number("start", "Starting sum", "", 0, 100_000_000, "1000"),
            Field.number("monthly", "Deposit each month", "", 0, 1_000_000, "150"),
            Field.number("rate", "Interest rate per year", "%", 0, 50, "4"),
            Field.number("years", "Years of saving", "years", 0.5, 60, "10")),
        List.of(
            new Output("balance", "Balance at the end", ""),
            new Output("paid", "Paid in altogether", ""),
            new Output("earned", "Interest earned", "")),
        "Months n = round(years × 12), monthly rate i = rate ÷ 1200, deposits at the end of each month. Balance = start × "
            + "(1 + i)^n + monthly × ((1 + i)^n − 1) ÷ i, or start + monthly × n when the rate is 0. Two decimals.",
        List.of());
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var start = value(set, "start");
    var monthly = value(set, "monthly");
    var months = Math.round(value(set, "years") * 12);
    var monthlyRate = value(set, "rate") / 1200;
    var growth = Math.pow(1 + monthlyRate, months);
    var deposits = monthlyRate == 0 ? monthly * months : monthly * (growth - 1) / monthlyRate;
    var balance = start * growth + deposits;
    var paid = start + monthly * months;
    return ToolFamily.results(
        "balance", Shown.number(balance, 2),
        "paid", Shown.number(paid, 2),
        "earned", Shown.number(balance - paid, 2));
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of(
        ToolFamily.with(brief, "start", "5000", "monthly", "200", "rate", "3.6", "years", "5"),
        ToolFamily.with(brief, "start", "0", "monthly", "50", "rate", "0", "years", "2"));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("v.rate / 1200", "v.rate / 100");
  }
}
