package dev.keywheel.usage;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collection;

/**
 * Sums over attempts that have ended. An attempt that was never sent does not count.
 *
 * @param ok calls that the provider answered; for runs, including truncated and unusable answers
 * @param failed calls that were refused or timed out; for the gateway, including truncated answers
 * @param unknown calls whose node stopped before the answer; they may be billed
 * @param cost in US dollars; a cost that the provider did not report counts as zero
 * @param latencyMs total latency of the calls in {@code ok}, in milliseconds
 */
public record UsageTotals(
    long calls,
    long ok,
    long failed,
    long unknown,
    long promptTokens,
    long completionTokens,
    BigDecimal cost,
    long latencyMs) {
  private static final BigDecimal LOWEST_PERCENT = new BigDecimal("0.1");
  private static final BigDecimal HIGHEST_PERCENT = new BigDecimal("99.9");

  public static final UsageTotals NONE = new UsageTotals(0, 0, 0, 0, 0, 0, BigDecimal.ZERO, 0);

  public static UsageTotals sum(Collection<UsageTotals> parts) {
    return parts.stream().reduce(NONE, UsageTotals::plus);
  }

  UsageTotals plus(UsageTotals other) {
    return new UsageTotals(
        calls + other.calls,
        ok + other.ok,
        failed + other.failed,
        unknown + other.unknown,
        promptTokens + other.promptTokens,
        completionTokens + other.completionTokens,
        cost.add(other.cost),
        latencyMs + other.latencyMs);
  }

  /** Calls that were cancelled before the end of their answer. */
  public long cancelled() {
    return calls - ok - failed - unknown;
  }

  /** The percentage of answered calls among answered and failed calls. Empty without such calls. */
  public String successPercent() {
    return percent(ok, ok + failed);
  }

  /** Rounded to one decimal, but 100 only without failures, and 0 only without successes. */
  public static String percent(long ok, long calls) {
    if (calls == 0) {
      return "";
    }
    var rounded =
        BigDecimal.valueOf(100 * ok).divide(BigDecimal.valueOf(calls), 1, RoundingMode.HALF_UP);
    var shown = ok == 0 || ok == calls ? rounded : rounded.max(LOWEST_PERCENT).min(HIGHEST_PERCENT);
    return shown.stripTrailingZeros().toPlainString();
  }

  public long tokens() {
    return promptTokens + completionTokens;
  }
}
