package dev.keywheel.provider;

import java.math.BigDecimal;

/**
 * The usage of one call.
 *
 * @param cost in US dollars; zero when not known
 * @param costKnown whether the provider named the cost
 */
public record Usage(
    int promptTokens,
    int completionTokens,
    int reasoningTokens,
    BigDecimal cost,
    boolean costKnown) {

  /** No known usage. */
  public static final Usage NONE = new Usage(0, 0, 0, BigDecimal.ZERO, false);

  /** Of both calls together, as far as the provider named it. */
  public Usage plus(Usage other) {
    return new Usage(
        promptTokens + other.promptTokens,
        completionTokens + other.completionTokens,
        reasoningTokens + other.reasoningTokens,
        cost.add(other.cost),
        costKnown || other.costKnown);
  }
}
