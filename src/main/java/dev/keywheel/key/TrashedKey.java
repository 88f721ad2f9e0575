package dev.keywheel.key;

import java.time.Instant;

/** A deleted key that can still be restored. */
public record TrashedKey(ApiKey key, Instant deletedAt) {

  /** When it is wiped for good. */
  public Instant wipedAt() {
    return deletedAt.plus(KeyCommands.TRASH);
  }
}
