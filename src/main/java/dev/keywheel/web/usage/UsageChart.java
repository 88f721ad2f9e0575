package dev.keywheel.web.usage;

import dev.keywheel.usage.UsageTotals;
import dev.keywheel.web.page.NumberFormats;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Bars over time, the oldest on the left. A bar has a filled lower part and, in some charts, a
 * hollow upper part. The drawing is {@value #HEIGHT} units high and is stretched to the width of
 * the page.
 *
 * @param top the value at the upper edge
 * @param middle the value at the line in the middle
 * @param upper meaning of the hollow part; null for bars with one part
 */
public record UsageChart(
    String id,
    String title,
    String description,
    String top,
    String middle,
    String lower,
    @Nullable String upper,
    List<Bar> bars,
    List<UsageLine> lines,
    List<UsageColumn> columns) {
  static final int HEIGHT = 100;
  private static final int STEP = 10;
  private static final int GAP = 2;

  /** The bar of an hour or a day; its heights are in units of the drawing. */
  public record Bar(int x, double lower, double upper, String title) {
    public int width() {
      return STEP - GAP;
    }

    public String lowerTop() {
      return number(HEIGHT - lower);
    }

    public String lowerHeight() {
      return number(lower);
    }

    public String upperTop() {
      return number(HEIGHT - lower - upper);
    }

    public String upperHeight() {
      return number(upper);
    }

    private static String number(double value) {
      return BigDecimal.valueOf(value)
          .setScale(2, RoundingMode.HALF_UP)
          .stripTrailingZeros()
          .toPlainString();
    }
  }

  static UsageChart calls(List<UsageLine> lines) {
    return of(
        "calls",
        "Calls",
        lines,
        UsageColumn.OF_CALLS,
        new Part("Answered", totals -> BigDecimal.valueOf(totals.ok())),
        new Part(
            "Failed, unknown or cancelled",
            totals -> BigDecimal.valueOf(totals.calls() - totals.ok())),
        UsageChart::count);
  }

  static UsageChart tokens(List<UsageLine> lines) {
    return of(
        "tokens",
        "Tokens",
        lines,
        UsageColumn.OF_TOKENS,
        new Part("In", totals -> BigDecimal.valueOf(totals.promptTokens())),
        new Part("Out", totals -> BigDecimal.valueOf(totals.completionTokens())),
        UsageChart::count);
  }

  static UsageChart cost(List<UsageLine> lines) {
    return of(
        "cost",
        "Cost",
        lines,
        UsageColumn.OF_COST,
        new Part("Cost", UsageTotals::cost),
        null,
        amount -> "$" + amount.stripTrailingZeros().toPlainString());
  }

  private record Part(String name, Function<UsageTotals, BigDecimal> of) {}

  private static UsageChart of(
      String id,
      String title,
      List<UsageLine> lines,
      List<UsageColumn> columns,
      Part lower,
      @Nullable Part upper,
      Function<BigDecimal, String> scale) {
    Function<UsageTotals, BigDecimal> above = upper == null ? _ -> BigDecimal.ZERO : upper.of();
    var highest =
        lines.stream()
            .map(line -> lower.of().apply(line.totals()).add(above.apply(line.totals())))
            .reduce(BigDecimal.ZERO, BigDecimal::max);
    var top = rounded(highest);
    var bars = new ArrayList<Bar>();
    for (var line : lines) {
      var totals = line.totals();
      bars.add(
          new Bar(
              bars.size() * STEP + GAP / 2,
              height(lower.of().apply(totals), top),
              height(above.apply(totals), top),
              line.label() + ": " + description(columns, totals)));
    }
    var description =
        lines.isEmpty()
            ? ""
            : "From %s to %s, %d bars. The table below has the same figures."
                .formatted(lines.getFirst().label(), lines.getLast().label(), lines.size());
    return new UsageChart(
        id,
        title,
        description,
        scale.apply(top),
        scale.apply(top.divide(BigDecimal.TWO, MathContext.DECIMAL64)),
        lower.name(),
        upper == null ? null : upper.name(),
        bars,
        lines,
        columns);
  }

  private static String description(List<UsageColumn> columns, UsageTotals totals) {
    var parts = new ArrayList<String>();
    columns.forEach(column -> parts.add(column.label() + " " + column.text(totals)));
    return String.join(", ", parts);
  }

  private static double height(BigDecimal value, BigDecimal top) {
    return value
        .multiply(BigDecimal.valueOf(HEIGHT))
        .divide(top, MathContext.DECIMAL64)
        .doubleValue();
  }

  /** Rounds up to 2, 4, 10, 20, 40, 100 and so on, so that the half is a round number too. */
  static BigDecimal rounded(BigDecimal highest) {
    if (highest.signum() == 0) {
      return BigDecimal.TWO;
    }
    int digits = highest.precision() - highest.scale() - 1;
    for (int step : List.of(1, 2, 4, 10)) {
      var edge = BigDecimal.valueOf(step).scaleByPowerOfTen(digits);
      if (edge.compareTo(highest) >= 0 && edge.compareTo(BigDecimal.ONE) != 0) {
        return edge;
      }
    }
    return BigDecimal.valueOf(2).scaleByPowerOfTen(digits + 1);
  }

  private static String count(BigDecimal number) {
    return NumberFormats.grouped(number.longValue());
  }

  public int width() {
    return bars.size() * STEP;
  }

  /** The labels below the axis: of the first, the middle and the last bar. */
  public List<String> axis() {
    return List.of(
        lines.getFirst().label(), lines.get(lines.size() / 2).label(), lines.getLast().label());
  }
}
