package dev.keywheel.provider.http;

import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.provider.limit.LimitClass;

/**
 * The properties of a request that the classification of its answer depends on.
 *
 * @param model id of the model; empty for a key check
 * @param strictFormat whether the upstream must refuse when it cannot follow the format
 */
public record RequestContext(RequestKind kind, String model, boolean strictFormat) {

  public static RequestContext keyCheck() {
    return new RequestContext(RequestKind.KEY_CHECK, "", false);
  }

  public static RequestContext chat(ChatRequest request) {
    return new RequestContext(
        RequestKind.CHAT, request.model(), request.format() instanceof ReplyFormat.JsonSchema);
  }

  public static RequestContext image(ImageRequest request) {
    return new RequestContext(RequestKind.IMAGE, request.model(), false);
  }

  /**
   * The models that a lack of credit applies to: all models when a free model was refused, because
   * a negative balance blocks every call; otherwise only paid models.
   */
  public LimitClass outOfCreditClass() {
    return ModelClass.of(model) == ModelClass.FREE ? LimitClass.ALL : LimitClass.PAID;
  }
}
