package dev.keywheel.key.imports;

import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An import, before its confirmation (what would happen) or after it (what happened).
 *
 * @param confirmedAt null while nothing has been written
 * @param expired whether it was not confirmed in time: its secrets are gone
 */
public record ImportReport(
    UUID id,
    PoolId pool,
    Instant createdAt,
    @Nullable Instant confirmedAt,
    boolean expired,
    List<ImportLine> lines) {

  public int count(ImportStatus importStatus) {
    return (int) lines.stream().filter(line -> line.fate() == importStatus).count();
  }

  /** The lines that are not imported, in their order. */
  public List<ImportLine> skipped() {
    return lines.stream().filter(line -> line.fate() != ImportStatus.NEW).toList();
  }

  public List<ImportLine> imported() {
    return lines.stream().filter(line -> line.fate() == ImportStatus.NEW).toList();
  }

  public boolean confirmed() {
    return confirmedAt != null;
  }
}
