package dev.keywheel.web.keys.imports;

import dev.keywheel.key.imports.ImportLine;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportReport;
import dev.keywheel.key.imports.ImportReport.Stop;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A preview that waits for confirmation, or the report after the confirmation. */
public record ImportPage(ImportReport report, String provider) {
  /** Maximum number of listed lines of each kind; the download has all lines. */
  static final int SHOWN = 100;

  public String title() {
    if (report.replaces()) {
      return report.confirmed() ? "Replacement report" : "Preview of the replacements";
    }
    return report.confirmed() ? "Import report" : "Preview of the import";
  }

  /** Whether the preview can be confirmed. */
  public boolean waits() {
    return !report.confirmed() && !report.expired();
  }

  /** Why a replacement ended early; null if it did not. */
  public @Nullable String stopped() {
    Stop stop = report.stopped();
    if (stop == null) {
      return null;
    }
    String secrets = NumberFormats.counted(fresh(), "secret");
    return switch (stop) {
      case CANCELLED, ARCHIVED ->
          "The replacement stopped because %s. %s replaced; the other secrets were erased. Paste them again to replace them."
              .formatted(stop.event(), secrets);
      case ERASED ->
          "The replacement stopped because the secrets were erased before all were replaced. %s replaced. Paste the others again to replace them."
              .formatted(secrets);
    };
  }

  public record Count(ImportStatus status, int lines, Severity tone) {}

  public List<Count> counts() {
    return Arrays.stream(ImportStatus.values())
        .map(
            importStatus -> new Count(importStatus, report.count(importStatus), tone(importStatus)))
        .filter(count -> count.lines() > 0 || count.status() == done())
        .toList();
  }

  public static Severity tone(ImportStatus importStatus) {
    return switch (importStatus) {
      case NEW, REPLACES -> Severity.OK;
      case IN_POOL, REPEATED -> Severity.OFF;
      case IN_TRASH, NOT_REPLACED -> Severity.WARN;
      case BAD -> Severity.BAD;
    };
  }

  /** Number of lines that add a key or replace a secret. */
  public int fresh() {
    return report.count(done());
  }

  private ImportStatus done() {
    return report.replaces() ? ImportStatus.REPLACES : ImportStatus.NEW;
  }

  public String confirmation() {
    String kind = report.replaces() ? "/keys/replacements/" : "/keys/imports/";
    return kind + report.id() + "/confirmation";
  }

  /** Address of the form that the keys were pasted into. */
  public String start() {
    return report.replaces()
        ? "/keys/replacements?provider=" + report.pool().provider()
        : "/keys/new";
  }

  public String startName() {
    return report.replaces() ? "Paste replacements" : "Add keys";
  }

  public String nothing() {
    return report.replaces() ? "No secret would be replaced." : "There is nothing new to import.";
  }

  /** Title of the table of lines that change something. */
  public String plannedTitle() {
    if (report.replaces()) {
      return report.confirmed() ? "Replaced secrets" : "Secrets to replace";
    }
    return report.confirmed() ? "Imported keys" : "New keys";
  }

  /** {@code Import 12 keys}. */
  public String button() {
    return report.replaces()
        ? "Replace " + NumberFormats.counted(fresh(), "secret")
        : "Import " + KeyMessages.keys(fresh());
  }

  public List<ImportLine> skipped() {
    return report.skipped().stream().limit(SHOWN).toList();
  }

  /**
   * Up to {@link #SHOWN} imported lines; those with a note, which users should check, come first.
   */
  public List<ImportLine> imported() {
    return report.imported().stream()
        .sorted(Comparator.comparing(line -> line.note().isEmpty()))
        .limit(SHOWN)
        .toList();
  }

  public int moreSkipped() {
    return report.skipped().size() - skipped().size();
  }

  public int moreImported() {
    return report.imported().size() - imported().size();
  }

  public String label(Count count) {
    return count.status() == done() && report.confirmed()
        ? report.replaces() ? "Replaced" : "Imported"
        : count.status().label();
  }

  public String number(int count) {
    return NumberFormats.grouped(count);
  }
}
