package dev.keywheel.provider;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The models a provider offers.
 *
 * @param fetchedAt null when it was never fetched
 * @param models by id, in the provider's order
 */
public record Catalogue(@Nullable Instant fetchedAt, Map<String, ModelInfo> models) {

  public static Catalogue unknown() {
    return new Catalogue(null, Map.of());
  }

  /** False when the catalogue was never fetched: a model that is missing may still be offered. */
  public boolean known() {
    return fetchedAt != null;
  }

  public Optional<ModelInfo> model(String id) {
    return Optional.ofNullable(models.get(id));
  }
}
