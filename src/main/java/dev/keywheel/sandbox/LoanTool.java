package dev.keywheel.sandbox;

import static dev.keywheel.sandbox.ToolFamily.value;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.List;
import java.util.Map;

/** Equal monthly payments of a loan. */
final class LoanTool implements ToolFamily {

  @Override
  public String script() {
    return "loan.js";
  }

  @Override
  public String action() {
    return "Calculate";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    var home =
        subject.mentions("mortgage", "house", "home", "property", "real estate", "apartment");
    return new ToolBrief(
        name(subject),
        "calculator",
        "Works out the monthly payment, the interest and the whole sum repaid for a loan with equal payments.",
        List.of(
            Field.number(
                "amount", "Amount borrowed", "", 1, 100_000_000, home ? "250000" : "20000"),
            Field.number("rate", "Interest rate per year", "%", 0, 100, home ? "4.5" : "6"),
            Field.number("years", "Years to repay", "years", 0.5, 50, home ? "25" : "5")),
        List.of(
            new Output("payment", "Monthly payment", ""),
            new Output("interest", "Interest over the whole term", ""),
            new Output("total", "Total repaid", "")),
        "Months n = round(years × 12), monthly rate i = rate ÷ 1200. Payment = amount × i ÷ (1 − (1 + i)^−n), or "
            + "amount ÷ n when the rate is 0. Total = payment × n; interest = total − amount. Two decimals.",
        List.of());
  }

  /** Of the topic where that makes a short name, else one that says what it works out. */
  private static String name(Subject subject) {
    var payment = subject.mentions("payment", "payments", "repayment", "repayments");
    var kind = payment ? "Calculator" : "Payment Calculator";
    var name = subject.mentions("mortgage", "loan") || payment ? subject.toolName(kind) : kind;
    return name.equals(kind) ? "Loan Payment Calculator" : name;
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var amount = value(set, "amount");
    var months = Math.round(value(set, "years") * 12);
    var monthlyRate = value(set, "rate") / 1200;
    var payment =
        monthlyRate == 0
            ? amount / months
            : amount * monthlyRate / (1 - Math.pow(1 + monthlyRate, -months));
    var total = payment * months;
    return ToolFamily.results(
        "payment", Shown.number(payment, 2),
        "interest", Shown.number(total - amount, 2),
        "total", Shown.number(total, 2));
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of(
        ToolFamily.with(brief, "amount", "12000", "rate", "7.2", "years", "3"),
        ToolFamily.with(brief, "amount", "6000", "rate", "0", "years", "2"));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("v.rate / 1200", "v.rate / 1000");
  }
}
