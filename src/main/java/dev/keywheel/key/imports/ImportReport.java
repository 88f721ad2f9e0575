package dev.keywheel.key.imports;

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
 * @param done how many secrets the job has reached that replaces them; null when none does
 */
public record ImportReport(
    UUID id,
    PoolId pool,
    @Nullable Instant confirmedAt,
    boolean expired,
    boolean replaces,
    @Nullable Integer done,
    List<ImportLine> lines) {

  public int count(ImportStatus importStatus) {
    return (int) lines.stream().filter(line -> line.fate() == importStatus).count();
  }

  public List<ImportLine> skipped() {
    return lines.stream().filter(line -> !line.planned()).toList();
  }

  public List<ImportLine> imported() {
    return lines.stream().filter(ImportLine::planned).toList();
  }

  /** Whether a job replaces the secrets now. */
  public boolean running() {
    return done != null;
  }

  public boolean confirmed() {
    return confirmedAt != null;
  }
}
