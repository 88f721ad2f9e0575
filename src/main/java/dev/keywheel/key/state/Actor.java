package dev.keywheel.key.state;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who saw it: an e-mail, or the part of Keywheel that did ({@code run}, {@code recovery}). */
public record Actor(String actor, @Nullable UUID runId, @Nullable UUID recoveryId) {

  public static Actor run(UUID runId) {
    return new Actor("run", runId, null);
  }

  public static Actor recovery(UUID recoveryId) {
    return new Actor("recovery", null, recoveryId);
  }

  public static Actor person(String email) {
    return new Actor(email, null, null);
  }
}
