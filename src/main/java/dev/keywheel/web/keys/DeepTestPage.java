package dev.keywheel.web.keys;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.DeepTestOffer;
import dev.keywheel.web.form.Fields;
import java.util.List;

/** Shows the cost of a deep test with each of the models, before anything is sent. */
public record DeepTestPage(ApiKey key, List<DeepTestOffer> offers, Fields fields) {

  public boolean disabled() {
    return key.status() == KeyStatus.DISABLED;
  }

  public static int completionTokens() {
    return DeepTestOffer.COMPLETION_TOKENS;
  }

  /** {@code at most $0.00002}, {@code free: …} or {@code price unknown}. */
  public static String price(DeepTestOffer offer) {
    if (offer.free()) {
      return "free: uses one of today's free requests";
    }
    return offer
        .price()
        .map(price -> "at most $" + price.stripTrailingZeros().toPlainString())
        .orElse("price unknown");
  }

  /** The form value of an offer: the model and the shown price. */
  public static String value(DeepTestOffer offer) {
    return offer.model() + " " + price(offer);
  }

  /** The first; after a refusal the model that was sent, or none if it is no longer offered. */
  public boolean chosen(DeepTestOffer offer) {
    String sent = fields.value("offer");
    return sent.isEmpty() ? offer.equals(offers.getFirst()) : sent.startsWith(offer.model() + " ");
  }
}
