package dev.keywheel.key.imports;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The result of an import or of a replacement of secrets: planned until it is confirmed, actual
 * after it has ended.
 *
 * @param confirmedAt when the final report was stored; null before
 * @param expired whether it was not confirmed in time and can no longer be confirmed
 * @param replaces whether it replaces the secrets of existing keys
 * @param running whether a job is replacing the secrets
 * @param stopped why a job ended before the last line; null when it did not
 */
public record ImportReport(
    UUID id,
    PoolId pool,
    Instant createdAt,
    @Nullable Instant confirmedAt,
    boolean expired,
    boolean replaces,
    boolean running,
    @Nullable Stop stopped,
    List<ImportLine> lines) {

  /** Why a job ended before the last line. Secrets already replaced stay replaced. */
  public enum Stop implements StoredEnum {
    CANCELLED("the replacement was cancelled"),
    ARCHIVED("the workspace was archived"),
    ERASED("the secrets were erased");

    private final String event;

    Stop(String event) {
      this.event = event;
    }

    /** A clause for messages, such as {@code the workspace was archived}. */
    public String event() {
      return event;
    }
  }

  public int count(ImportStatus importStatus) {
    return (int) lines.stream().filter(line -> line.status() == importStatus).count();
  }

  /** The lines that add or replace nothing. */
  public List<ImportLine> skipped() {
    return lines.stream().filter(line -> !line.planned()).toList();
  }

  /** The lines that add a key or replace a secret. */
  public List<ImportLine> imported() {
    return lines.stream().filter(ImportLine::planned).toList();
  }

  /** Whether the import was confirmed and has ended. */
  public boolean confirmed() {
    return confirmedAt != null || stopped != null;
  }
}
