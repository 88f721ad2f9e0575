package dev.keywheel.provider;

import java.math.BigDecimal;

/**
 * The usage of one call.
 *
 * @param cost in US dollars; zero when not known
 * @param costKnown whether the provider reported the cost
 */
public record Usage(
    int promptTokens,
    int completionTokens,
    int reasoningTokens,
    BigDecimal cost,
    boolean costKnown) {

  /** No known usage. */
  public static final Usage NONE = new Usage(0, 0, 0, BigDecimal.ZERO, false);

  /**
   * The sum of both calls; a cost that the provider did not report counts as zero. A number of
   * tokens is at most {@link Integer#MAX_VALUE}.
   */
  public Usage plus(Usage other) {
    return new Usage(
        sum(promptTokens, other.promptTokens),
        sum(completionTokens, other.completionTokens),
        sum(reasoningTokens, other.reasoningTokens),
        cost.add(other.cost),
        costKnown || other.costKnown);
  }

  private static int sum(int one, int other) {
    return Math.clamp((long) one + other, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }
}
