package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;

import dev.keywheel.secret.AuditKeys;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The oldest lines that retention has removed, as the log itself says.
 *
 * @param upTo the last removed line; 0 for none
 * @param hash the hash of that line, from which the first remaining one follows
 */
record AuditRemoval(long upTo, byte @Nullable [] hash) {
  static final AuditRemoval NONE = new AuditRemoval(0, null);

  /** Known to {@code remove_audit_events} in the database. */
  static final String ACTION = "removed old audit entries";

  static final String UP_TO = "up to entry";
  static final String HASH = "its hash";

  /** The newest announcement with a right signature. */
  static AuditRemoval read(DSLContext dsl, UUID workspace, AuditKeys keys) {
    return dsl
        .selectFrom(AUDIT_EVENTS)
        .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace), AUDIT_EVENTS.ACTION.eq(ACTION))
        .orderBy(AUDIT_EVENTS.ID.desc())
        .limit(10)
        .fetch(AuditLine::of)
        .stream()
        .filter(line -> signedRight(line, keys))
        .findFirst()
        .map(
            line ->
                new AuditRemoval(
                    Long.parseLong(line.details().getOrDefault(UP_TO, "0")),
                    HexFormat.of().parseHex(line.details().getOrDefault(HASH, ""))))
        .orElse(NONE);
  }

  static boolean signedRight(AuditLine line, AuditKeys keys) {
    var key = line.keyId();
    return line.signed()
        && key != null
        && keys.mac(key, line.encoded())
            .filter(right -> MessageDigest.isEqual(right, line.hash()))
            .isPresent();
  }
}
