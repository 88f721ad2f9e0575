package dev.keywheel.gateway.model;

import dev.keywheel.provider.ModelInfo;
import org.jspecify.annotations.Nullable;

/**
 * A model that clients can ask for.
 *
 * @param id of the model, or the name of an alias
 * @param provider that serves it first
 * @param alias whether {@code id} is an alias
 * @param info what the provider's catalogue has about it; null for an alias whose target is not in
 *     a catalogue
 */
public record ListedModel(String id, String provider, boolean alias, @Nullable ModelInfo info) {

  /** The name for people. */
  public String displayName() {
    return alias || info == null ? id : info.name();
  }
}
