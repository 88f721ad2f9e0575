package dev.keywheel.people.identity;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A workspace of this installation.
 *
 * @param members number of members
 * @param archivedAt null unless the workspace is archived
 */
public record Workspace(
    UUID id, String name, int members, Instant createdAt, @Nullable Instant archivedAt) {
  public boolean archived() {
    return archivedAt != null;
  }
}
