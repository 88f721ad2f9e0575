package dev.keywheel.people.audit;

import java.util.Locale;
import java.util.Objects;

/**
 * A problem that a check found.
 *
 * @param from number of the first entry concerned
 * @param to number of the last entry concerned; equal to {@code from} for a single entry
 */
public record AuditFinding(Kind kind, long from, long to) {
  public AuditFinding {
    Objects.requireNonNull(kind); // JSON from the database may lack it
  }

  /** Kinds of problems. The stored code is the constant's name. */
  public enum Kind {
    CHANGED("%s changed in the database."),
    MISSING("%s missing."),
    OUT_OF_ORDER("%s not in place: entries were moved, copied or inserted."),
    NOT_LINKED("%s linked to a different entry than the one now before it, which was replaced."),
    UNKNOWN_KEY("%s signed with a key that the vault does not have."),
    KEY_CHANGED("%s signed with another key, but no entry records the change of key."),
    INSERTED("%s unsigned although the vault was open: inserted in the database."),
    UNSIGNED("%s unsigned: written while the vault was sealed, or inserted at that time."),
    AFTER_UNSIGNED_HEAD("%s written after the signed end of the log had been changed."),
    UNREADABLE(
        "%s in a part of the log that cannot be read, because the database contains a value of the"
            + " wrong type there. Entries from there on are not verified."),
    CUT("%s removed from the end of the log."),
    HEAD_CHANGED("The signed end of the log was changed or removed in the database."),
    ANCHOR_AHEAD(
        "%s missing at the end of the log, but recorded in the anchor file. The database was restored"
            + " from an older backup, or entries were removed."),
    ANCHOR_DIFFERS(
        "%s different from the one in the anchor file. The database was restored from an older backup,"
            + " or entries were replaced."),
    ANCHOR_CHANGED("The anchor file was changed, or belongs to another installation.");

    private final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  static AuditFinding of(Kind kind, long entry) {
    return new AuditFinding(kind, entry, entry);
  }

  /** Whether a restored backup explains the finding, so that an administrator may accept it. */
  boolean acceptable() {
    return switch (kind) {
      case ANCHOR_AHEAD, ANCHOR_DIFFERS, ANCHOR_CHANGED, CUT, HEAD_CHANGED -> true;
      case CHANGED,
          MISSING,
          OUT_OF_ORDER,
          NOT_LINKED,
          UNKNOWN_KEY,
          KEY_CHANGED,
          INSERTED,
          UNSIGNED,
          UNREADABLE,
          AFTER_UNSIGNED_HEAD ->
          false;
    };
  }

  /** A sentence for users that names the entries and their fault. */
  public String sentence() {
    return String.format(kind.text, subject());
  }

  private String subject() {
    var entries =
        from == to ? "Entry " + grouped(from) : "Entries " + grouped(from) + "–" + grouped(to);
    return entries + (from == to ? verb("was", "is") : verb("were", "are"));
  }

  private String verb(String past, String present) {
    return " "
        + switch (kind) {
          case CHANGED, CUT, AFTER_UNSIGNED_HEAD -> past;
          default -> present;
        };
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
