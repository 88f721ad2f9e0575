package dev.keywheel.gateway.model;

import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.gateway.token.TokenSettings;
import dev.keywheel.problem.Rejected;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Checks the default models of access tokens against the models that are offered. */
public final class DefaultModels {
  /** Operations whose models must be in a catalogue. */
  private static final Set<GatewayOperation> CATALOGUED =
      EnumSet.complementOf(EnumSet.of(GatewayOperation.EMBEDDINGS, GatewayOperation.MODELS));

  private final ModelDirectory models;

  public DefaultModels(ModelDirectory models) {
    this.models = models;
  }

  /**
   * Checks the default model of a token like the model of a request. If the token allows only
   * embeddings, the model need not be in a catalogue.
   *
   * @param before the current default model, which may stay although it is no longer offered; null
   *     for none
   * @throws Rejected if the model is not offered, or the token may not use it
   */
  public void check(UUID workspace, TokenSettings settings, @Nullable String before) {
    String model = settings.defaultModel();
    if (model == null || isOffered(workspace, settings)) {
      return;
    }
    if (offers(workspace, TokenScope.ALL, settings.scope(), model)) {
      throw new Rejected(
          "defaultModel",
          "The limits of this token do not allow this model. Change the limits, or enter another"
              + " model.");
    }
    if (!model.equals(before)) {
      throw new Rejected(
          "defaultModel",
          "No provider with keys offers this model. Enter an id or an alias from the page Models.");
    }
  }

  /** Whether requests without a model can be answered: the token has a default model it may use. */
  public boolean isOffered(UUID workspace, TokenSettings settings) {
    String model = settings.defaultModel();
    return model != null && offers(workspace, settings.scope(), settings.scope(), model);
  }

  private boolean offers(UUID workspace, TokenScope scope, TokenScope used, String model) {
    GatewayOperation operation =
        CATALOGUED.stream().anyMatch(used::allows)
            ? GatewayOperation.CHAT
            : GatewayOperation.EMBEDDINGS;
    return !models.resolve(workspace, scope, operation, model).isEmpty();
  }
}
