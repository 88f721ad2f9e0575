package dev.keywheel.gateway.model;

import dev.keywheel.provider.ModelInfo;
import org.jspecify.annotations.Nullable;

/**
 * A model that clients can request.
 *
 * @param id the id of the model, or the name of an alias
 * @param provider the first provider that is tried
 * @param alias whether {@code id} is the name of an alias
 * @param info the model's entry in the provider's catalogue; null for an alias whose target is not
 *     in a catalogue
 */
public record ListedModel(String id, String provider, boolean alias, @Nullable ModelInfo info) {

  public String displayName() {
    return alias || info == null ? id : info.name();
  }
}
