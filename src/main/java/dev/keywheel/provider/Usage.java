package dev.keywheel.provider;

import java.math.BigDecimal;

/**
 * What one call used.
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

  /** Nothing used as far as is known. */
  public static final Usage NONE = new Usage(0, 0, 0, BigDecimal.ZERO, false);
}
