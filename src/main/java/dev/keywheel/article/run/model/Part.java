package dev.keywheel.article.run.model;

import dev.keywheel.db.Json;
import java.time.Instant;
import java.util.UUID;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/**
 * A version of a part.
 *
 * @param version counts from 1
 * @param origin run, edit, restore, or local for a cover that Keywheel drew
 */
public record Part(
    UUID id,
    PartName name,
    int version,
    boolean current,
    String origin,
    JSONB body,
    boolean locked,
    boolean stale,
    @Nullable String createdBy,
    Instant createdAt) {

  /** Whether a user edited or restored this version. */
  public boolean byPerson() {
    return origin.equals("edit") || origin.equals("restore");
  }

  public <T> T as(Class<T> type) {
    return Json.read(body, type);
  }
}
