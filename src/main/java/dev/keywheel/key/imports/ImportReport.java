package dev.keywheel.key.imports;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The planned result of an import before its confirmation, the actual one after it.
 *
 * @param confirmedAt null while nothing has been written
 * @param expired not confirmed in time; its secrets are erased
 * @param replaces whether it replaces secrets of keys that exist
 * @param running whether a job replaces the secrets now
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

  /** Why a job ended before the last line. The secrets that it replaced stay. */
  public enum Stop implements StoredEnum {
    CANCELLED("the replacement was cancelled"),
    ARCHIVED("the workspace was archived"),
    ERASED("the secrets were erased");

    private final String event;

    Stop(String event) {
      this.event = event;
    }

    /** As {@code the workspace was archived}. */
    public String event() {
      return event;
    }
  }

  public int count(ImportStatus importStatus) {
    return (int) lines.stream().filter(line -> line.fate() == importStatus).count();
  }

  public List<ImportLine> skipped() {
    return lines.stream().filter(line -> !line.planned()).toList();
  }

  public List<ImportLine> imported() {
    return lines.stream().filter(ImportLine::planned).toList();
  }

  /** Whether it was confirmed and has ended. */
  public boolean confirmed() {
    return confirmedAt != null || stopped != null;
  }
}
