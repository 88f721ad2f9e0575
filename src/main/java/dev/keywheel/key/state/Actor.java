package dev.keywheel.key.state;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who changed a key: an e-mail, or a part of Keywheel ({@code run}, {@code recovery}). */
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
