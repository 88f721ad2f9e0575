package dev.keywheel.key.state;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who changed a key.
 *
 * @param actor the email address of a user, or a part of Keywheel: {@code run}, {@code recovery} or
 *     {@code gateway}
 * @param runId the run whose call changed the key; null for other changes
 * @param recoveryId the batch whose test changed the key; null for other changes
 * @param changeId the id for the undo of a user's change; null for other changes
 */
public record Actor(
    String actor, @Nullable UUID runId, @Nullable UUID recoveryId, @Nullable UUID changeId) {

  public Actor(String actor, @Nullable UUID runId, @Nullable UUID recoveryId) {
    this(actor, runId, recoveryId, null);
  }

  public static Actor run(UUID runId) {
    return new Actor("run", runId, null);
  }

  public static Actor recovery(UUID recoveryId) {
    return new Actor("recovery", null, recoveryId);
  }

  public static Actor change(String email, UUID changeId) {
    return new Actor(email, null, null, changeId);
  }
}
