package dev.keywheel.web.gateway;

import dev.keywheel.gateway.call.TrialCall;
import dev.keywheel.gateway.http.RequestId;
import dev.keywheel.gateway.model.Target;
import dev.keywheel.provider.Providers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The targets of requests for a model.
 *
 * @param steps the targets in the order in which they are tried; empty if the model is unknown
 * @param result the result of a test request to the model; null if none was sent
 */
public record ModelTrial(String model, List<Step> steps, TrialCall.@Nullable Result result) {

  /** Path of the page of the test request; empty if none was sent. */
  public String requestPath() {
    return result == null ? "" : "/gateway/requests/" + RequestId.of(result.requestId());
  }

  /**
   * @param missing whether the provider's catalogue does not have the model
   * @param usable number of keys that can serve the target now
   */
  public record Step(Target target, boolean missing, int usable) {
    public String provider() {
      return Providers.label(target.pool().provider());
    }

    /** The names of the fields that are set in a request. */
    public String fields() {
      return String.join(", ", target.fields().values().keySet());
    }
  }
}
