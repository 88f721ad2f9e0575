package dev.keywheel.web.gateway;

import dev.keywheel.gateway.model.Target;
import dev.keywheel.provider.Providers;
import java.util.List;

/**
 * Where requests for a model go.
 *
 * @param steps in the order in which to try them; empty if the model is unknown
 */
public record ModelTrial(String model, List<Step> steps) {

  /**
   * @param usable number of keys that can serve it now
   */
  public record Step(Target target, int usable) {
    public String provider() {
      return Providers.label(target.pool().provider());
    }
  }
}
