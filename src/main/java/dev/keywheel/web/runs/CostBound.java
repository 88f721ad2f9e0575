package dev.keywheel.web.runs;

import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.web.page.NumberFormats;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;

/** The maximum cost of an answer that was not received completely, as a sentence. */
final class CostBound {
  private CostBound() {}

  static String sentence(AttemptView attempt, Optional<ModelInfo> offer) {
    if (ModelClass.of(attempt.model()) == ModelClass.FREE) {
      return "The model is free, so it cost nothing.";
    }
    return offer
        .flatMap(o -> atMost(attempt, o))
        .map(most -> "Its answer may have cost " + atMostText(NumberFormats.dollars(most)) + ".")
        .orElse("What it may have cost is unknown: the model's price is unknown.");
  }

  private static String atMostText(String most) {
    return most.startsWith("<") ? most.replace("<", "less than") : "up to " + most;
  }

  private static Optional<BigDecimal> atMost(AttemptView attempt, ModelInfo offer) {
    int asked = Objects.requireNonNullElse(attempt.maxTokens(), 0);
    int tokens = asked > 0 ? asked : offer.contextLength();
    var price = offer.completionPrice();
    if (offer.generatesImages() && offer.imagePrice() != null && offer.imagePrice().signum() > 0) {
      return Optional.of(offer.imagePrice());
    }
    return price == null || tokens == 0
        ? Optional.empty()
        : Optional.of(price.multiply(BigDecimal.valueOf(tokens)));
  }
}
