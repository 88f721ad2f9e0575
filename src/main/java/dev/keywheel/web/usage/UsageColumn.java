package dev.keywheel.web.usage;

import dev.keywheel.usage.UsageTotals;
import dev.keywheel.web.page.NumberFormats;
import java.util.List;
import java.util.function.Function;

/** A column of figures; rounded on the page, exact in the CSV. */
public enum UsageColumn {
  CALLS("Calls", UsageTotals::calls),
  ANSWERED("Answered", UsageTotals::ok),
  FAILED("Failed", UsageTotals::failed),
  UNKNOWN("Unknown", UsageTotals::unknown),
  CANCELLED("Cancelled", UsageTotals::cancelled),
  SUCCESS("Success", UsageTotals::successPercent, UsageColumn::successText),
  TOKENS_IN("Tokens in", UsageTotals::promptTokens),
  TOKENS_OUT("Tokens out", UsageTotals::completionTokens),
  COST(
      "Cost",
      totals -> totals.cost().stripTrailingZeros().toPlainString(),
      totals -> NumberFormats.dollars(totals.cost()));

  static final List<UsageColumn> ALL = List.of(values());
  static final List<UsageColumn> OF_CALLS =
      List.of(CALLS, ANSWERED, FAILED, UNKNOWN, CANCELLED, SUCCESS);
  static final List<UsageColumn> OF_TOKENS = List.of(TOKENS_IN, TOKENS_OUT);
  static final List<UsageColumn> OF_COST = List.of(COST);

  private final String label;
  private final Function<UsageTotals, String> exact;
  private final Function<UsageTotals, String> text;

  UsageColumn(String label, Function<UsageTotals, Long> count) {
    this(
        label,
        totals -> count.apply(totals).toString(),
        totals -> NumberFormats.grouped(count.apply(totals)));
  }

  UsageColumn(
      String label, Function<UsageTotals, String> exact, Function<UsageTotals, String> text) {
    this.label = label;
    this.exact = exact;
    this.text = text;
  }

  public String label() {
    return label;
  }

  String csvLabel() {
    return switch (this) {
      case SUCCESS -> "Success (%)";
      case COST -> "Cost (USD)";
      case CALLS, ANSWERED, FAILED, UNKNOWN, CANCELLED, TOKENS_IN, TOKENS_OUT -> label;
    };
  }

  public String text(UsageTotals totals) {
    return text.apply(totals);
  }

  String exact(UsageTotals totals) {
    return exact.apply(totals);
  }

  private static String successText(UsageTotals totals) {
    var percent = totals.successPercent();
    return percent.isEmpty() ? "–" : percent + " %";
  }
}
