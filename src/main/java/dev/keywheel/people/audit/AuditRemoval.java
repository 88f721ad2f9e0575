package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.secret.AuditKeys;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jspecify.annotations.Nullable;

/**
 * The oldest lines that retention has removed, as recorded in the log itself.
 *
 * @param upTo position of the last removed line; 0 if none was removed
 * @param hash the hash of that line, which the first remaining line contains
 */
record AuditRemoval(long upTo, byte @Nullable [] hash) {
  static final AuditRemoval NONE = new AuditRemoval(0, null);

  /** The function {@code remove_audit_events} in the database requires a line with this action. */
  private static final AuditAction ACTION = AuditAction.REMOVED_OLD_AUDIT_ENTRIES;

  static final String UP_TO = "up to entry";
  static final String HASH = "its hash";

  /** The removal in the newest correctly signed announcement; {@link #NONE} without one. */
  static AuditRemoval read(DSLContext dsl, UUID workspace, AuditKeys keys) {
    return dsl
        .select(AuditLine.COLUMNS)
        .from(AUDIT_EVENTS)
        .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace), AUDIT_EVENTS.ACTION.eq(ACTION.text()))
        .orderBy(AUDIT_EVENTS.ID.desc())
        .limit(10)
        .fetch(AuditLine::of)
        .stream()
        .filter(line -> hasValidSignature(line, keys))
        .findFirst()
        .map(
            line ->
                new AuditRemoval(
                    Long.parseLong(line.details().getOrDefault(UP_TO, "0")),
                    HexFormat.of().parseHex(line.details().getOrDefault(HASH, ""))))
        .orElse(NONE);
  }

  /**
   * The last line to be removed, directly before the first line that is kept. Empty while announced
   * lines are left, and while the oldest line is at most a day older than {@code before}: finding
   * the last line reads all lines to be removed, so it is done at most daily.
   */
  private static Optional<AuditLine> expired(
      DSLContext dsl, UUID workspace, Instant before, AuditRemoval announced) {
    var oldest = lines(dsl, workspace).orderBy(AUDIT_EVENTS.ID).limit(1).fetchOptional();
    if (oldest.isEmpty()
        || announced.contains(oldest.get().get(AUDIT_EVENTS.POSITION))
        || !oldest.get().get(AUDIT_EVENTS.AT).isBefore(before.minus(Duration.ofDays(1)))) {
      return Optional.empty();
    }
    var kept =
        lines(dsl, workspace)
            .and(AUDIT_EVENTS.AT.ge(before))
            .orderBy(AUDIT_EVENTS.ID)
            .limit(1)
            .fetchOptional(AUDIT_EVENTS.ID);
    return lines(dsl, workspace)
        .and(AUDIT_EVENTS.ID.lt(kept.orElse(Long.MAX_VALUE)))
        .orderBy(AUDIT_EVENTS.ID.desc())
        .limit(1)
        .fetchOptional(AuditLine::of);
  }

  private boolean contains(@Nullable Long position) {
    return position != null && position <= upTo;
  }

  private static SelectConditionStep<Record> lines(DSLContext dsl, UUID workspace) {
    return dsl.select(AuditLine.COLUMNS)
        .from(AUDIT_EVENTS)
        .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace));
  }

  /**
   * Removes the oldest lines, at most {@code limit}, and returns their number. First announces the
   * removal in a line that the verification needs. Removes nothing while the vault is sealed.
   * Announces at most once a day, since an announcement is itself a line that expires.
   */
  static int remove(Tx tx, Audit audit, AuditKeys keys, UUID workspace, Instant before, int limit) {
    if (keys.active().isEmpty()) {
      return 0; // an announcement without a signature would not count
    }
    var announced = read(tx.dsl(), workspace, keys);
    long upTo =
        expired(tx.dsl(), workspace, before, announced)
            .filter(line -> line.position() > announced.upTo())
            .map(line -> announce(tx, audit, line, before))
            .orElse(announced.upTo());
    return remove(tx.dsl(), workspace, upTo, before, limit);
  }

  private static long announce(Tx tx, Audit audit, AuditLine last, Instant before) {
    var details =
        Map.of(UP_TO, last.position(), HASH, AuditAppender.hex(last.hash()), "kept since", before);
    audit.record(tx, last.workspace(), "data retention", null, ACTION, null, details);
    return last.position();
  }

  /** Calls the database function that is the only way to remove lines. */
  private static int remove(DSLContext dsl, UUID workspace, long upTo, Instant before, int limit) {
    if (upTo == 0) {
      return 0;
    }
    var removed =
        field(
            "remove_audit_events({0}, {1}, {2}, {3})",
            Integer.class, val(workspace), val(upTo), val(before), val(limit));
    return dsl.select(removed).fetchSingle().value1();
  }

  static boolean hasValidSignature(AuditLine line, AuditKeys keys) {
    var key = line.keyId();
    return line.signed()
        && key != null
        && keys.mac(key, line.encoded())
            .filter(right -> MessageDigest.isEqual(right, line.hash()))
            .isPresent();
  }
}
