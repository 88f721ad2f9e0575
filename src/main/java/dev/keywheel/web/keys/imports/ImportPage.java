package dev.keywheel.web.keys.imports;

import dev.keywheel.key.imports.ImportLine;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportReport;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import java.util.Arrays;
import java.util.List;

/** A preview that waits for its confirmation, or the report after it. */
public record ImportPage(ImportReport report, String provider) {
  /** Lines of each kind that are listed; the download has all. */
  static final int SHOWN = 100;

  public String title() {
    return report.confirmed() ? "Import report" : "Preview of the import";
  }

  /** How many lines have this fate. */
  public record Count(ImportStatus fate, int lines, Severity tone) {}

  public List<Count> counts() {
    return Arrays.stream(ImportStatus.values())
        .map(
            importStatus -> new Count(importStatus, report.count(importStatus), tone(importStatus)))
        .filter(count -> count.lines() > 0 || count.fate() == ImportStatus.NEW)
        .toList();
  }

  public static Severity tone(ImportStatus importStatus) {
    return switch (importStatus) {
      case NEW -> Severity.OK;
      case IN_POOL, REPEATED -> Severity.OFF;
      case IN_TRASH -> Severity.WARN;
      case BAD -> Severity.BAD;
    };
  }

  public int fresh() {
    return report.count(ImportStatus.NEW);
  }

  /** {@code Import 12 keys}. */
  public String button() {
    return "Import " + KeyMessages.keys(fresh());
  }

  public List<ImportLine> skipped() {
    return report.skipped().stream().limit(SHOWN).toList();
  }

  public List<ImportLine> imported() {
    return report.imported().stream().limit(SHOWN).toList();
  }

  public int moreSkipped() {
    return report.skipped().size() - skipped().size();
  }

  public int moreImported() {
    return report.imported().size() - imported().size();
  }

  public String label(Count count) {
    return count.fate() == ImportStatus.NEW && report.confirmed()
        ? "Imported"
        : count.fate().label();
  }

  public String number(int count) {
    return NumberFormats.grouped(count);
  }
}
