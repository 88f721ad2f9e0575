package dev.keywheel.web.keys;

import dev.keywheel.key.ImportLine;
import dev.keywheel.key.ImportLine.Fate;
import dev.keywheel.key.ImportReport;
import dev.keywheel.web.Digits;
import dev.keywheel.web.Tone;
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
  public record Count(Fate fate, int lines, Tone tone) {}

  public List<Count> counts() {
    return Arrays.stream(Fate.values())
        .map(fate -> new Count(fate, report.count(fate), tone(fate)))
        .filter(count -> count.lines() > 0 || count.fate() == Fate.NEW)
        .toList();
  }

  public static Tone tone(Fate fate) {
    return switch (fate) {
      case NEW -> Tone.OK;
      case IN_POOL, REPEATED -> Tone.OFF;
      case IN_TRASH -> Tone.WARN;
      case BAD -> Tone.BAD;
    };
  }

  public int fresh() {
    return report.count(Fate.NEW);
  }

  /** {@code Import 12 keys}. */
  public String button() {
    return "Import " + Words.keys(fresh());
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
    return count.fate() == Fate.NEW && report.confirmed() ? "Imported" : count.fate().label();
  }

  public String number(int count) {
    return Digits.grouped(count);
  }
}
