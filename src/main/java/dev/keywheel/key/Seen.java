package dev.keywheel.key;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who saw it: an e-mail, or the part of Keywheel that did ({@code run}, {@code recovery}). */
public record Seen(String actor, @Nullable UUID runId, @Nullable UUID recoveryId) {

  public static Seen run(UUID runId) {
    return new Seen("run", runId, null);
  }

  public static Seen recovery(UUID recoveryId) {
    return new Seen("recovery", null, recoveryId);
  }

  public static Seen person(String email) {
    return new Seen(email, null, null);
  }
}
