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

  /**
   * The percentage of answered calls among answered and failed calls, rounded down to one decimal:
   * 100 only if none failed. Empty without such calls.
   */
  public String successPercent() {
    long known = ok + failed;
    return known == 0
        ? ""
        : BigDecimal.valueOf(100 * ok)
            .divide(BigDecimal.valueOf(known), 1, RoundingMode.DOWN)
            .stripTrailingZeros()
            .toPlainString();
  }

  public long tokens() {
    return promptTokens + completionTokens;
  }
}
