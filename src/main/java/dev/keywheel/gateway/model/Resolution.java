package dev.keywheel.gateway.model;

import java.util.List;

/** The result of resolving the model that a client asked for. */
public sealed interface Resolution {

  /**
   * @param targets in the order in which to try them; never empty
   */
  record Route(List<Target> targets) implements Resolution {
    public Route {
      targets = List.copyOf(targets);
    }
  }

  /** Unknown, or not open to this token: clients cannot tell the two apart. */
  record NotFound() implements Resolution {}
}
