package dev.keywheel.recovery;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.ModelInfo;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * The maximum price of a deep test with a model, shown before it is requested.
 *
 * @param price US dollars; zero for a free model, empty when unknown
 */
public record DeepTestOffer(String model, Optional<BigDecimal> price) {
  /** Limit of completion tokens: the smallest value that the provider's models accept. */
  public static final int COMPLETION_TOKENS = 16;

  /** Upper estimate of the prompt tokens, including tokens that providers add. */
  static final int PROMPT_TOKENS = 32;

  public static DeepTestOffer of(String model, Catalogue catalogue) {
    return new DeepTestOffer(
        model,
        ModelClass.of(model) == ModelClass.FREE
            ? Optional.of(BigDecimal.ZERO)
            : catalogue.model(model).flatMap(DeepTestOffer::price));
  }

  public boolean free() {
    return ModelClass.of(model) == ModelClass.FREE;
  }

  private static Optional<BigDecimal> price(ModelInfo offer) {
    BigDecimal prompt = offer.promptPrice();
    BigDecimal completion = offer.completionPrice();
    return prompt == null || completion == null
        ? Optional.empty()
        : Optional.of(
            prompt
                .multiply(BigDecimal.valueOf(PROMPT_TOKENS))
                .add(completion.multiply(BigDecimal.valueOf(COMPLETION_TOKENS))));
  }
}
