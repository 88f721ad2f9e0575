package dev.keywheel.provider.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.provider.http.LenientJson;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

final class CatalogueReader {
  private CatalogueReader() {}

  /** The catalogue; empty unless the answer is a list of at least one model. */
  static Optional<Catalogue> read(Observation seen, Instant now) {
    if (!(seen instanceof Reply reply) || !reply.success() || reply.end() != End.WHOLE) {
      return Optional.empty();
    }
    Map<String, ModelInfo> models = new LinkedHashMap<>();
    LenientJson.parse(reply.body())
        .map(root -> root.path("data"))
        .ifPresent(
            list -> list.forEach(model -> modelInfo(model).ifPresent(o -> models.put(o.id(), o))));
    return models.isEmpty()
        ? Optional.empty()
        : Optional.of(new Catalogue(now, Collections.unmodifiableMap(models)));
  }

  private static Optional<ModelInfo> modelInfo(JsonNode model) {
    String id = LenientJson.text(model, "id");
    if (id.isBlank()) {
      return Optional.empty();
    }
    String name = LenientJson.text(model, "name");
    JsonNode pricing = model.path("pricing");
    return Optional.of(
        new ModelInfo(
            id,
            name.isBlank() ? id : name,
            Math.max(0, model.path("created").asLong(0)),
            LenientJson.integer(model, "context_length").orElse(0),
            texts(model.path("supported_parameters")),
            texts(LenientJson.at(model, "architecture", "output_modalities")),
            price(pricing, "prompt"),
            price(pricing, "completion"),
            price(pricing, "image")));
  }

  /** Null if unknown. A router, whose models have different prices, has the price -1. */
  private static @Nullable BigDecimal price(JsonNode pricing, String field) {
    return LenientJson.number(pricing, field).filter(price -> price.signum() >= 0).orElse(null);
  }

  private static Set<String> texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(LenientJson::text)
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }
}
