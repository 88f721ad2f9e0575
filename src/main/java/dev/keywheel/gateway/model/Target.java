package dev.keywheel.gateway.model;

import dev.keywheel.gateway.peek.FieldOverrides;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;

/**
 * Where a request can be sent: a pool and the id of the model at its provider.
 *
 * @param model the provider's id of the model
 * @param fields fields that are set in the body of a request
 */
public record Target(PoolId pool, String model, FieldOverrides fields) {

  public Target(PoolId pool, String model) {
    this(pool, model, FieldOverrides.NONE);
  }

  public ModelClass modelClass() {
    return ModelClass.of(model);
  }
}
