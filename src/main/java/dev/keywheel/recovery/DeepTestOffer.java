package dev.keywheel.recovery;

import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.ModelInfo;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * What a deep test with a model costs at most, to be shown before it is asked for.
 *
 * @param price US dollars; zero for a free model, empty when the catalogue does not say
 */
public record DeepTestOffer(String model, Optional<BigDecimal> price) {
  /** The least that the provider's models take. */
  public static final int COMPLETION_TOKENS = 16;

  /** The question's few words and what providers put around them, rounded up. */
  public static final int PROMPT_TOKENS = 32;

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
