package dev.keywheel.gateway.model;

import java.util.List;

/** The result of resolving the model that a client requested. */
public sealed interface Resolution {

  /**
   * @param targets the targets in the order in which to try them; never empty
   */
  record Route(List<Target> targets) implements Resolution {
    public Route {
      targets = List.copyOf(targets);
    }
  }

  /** The model is unknown, or the token may not use it. Clients cannot tell the two cases apart. */
  record NotFound() implements Resolution {}
}
