package dev.keywheel.gateway.model;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;

/**
 * Where a request can be sent: a pool and the id of the model at its provider.
 *
 * @param model the id that the provider knows
 */
public record Target(PoolId pool, String model) {

  public ModelClass modelClass() {
    return ModelClass.of(model);
  }
}
