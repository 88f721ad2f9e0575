package dev.keywheel.key.edit;

import dev.keywheel.key.state.ApiKey;
import java.time.Instant;

/** A deleted key that can still be restored. */
public record TrashedKey(ApiKey key, Instant deletedAt) {

  /** The time from which the key can be purged. */
  public Instant purgeableFrom() {
    return deletedAt.plus(KeyTrash.KEPT_FOR);
  }
}
