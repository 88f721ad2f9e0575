package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.when;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.db.Json;
import dev.keywheel.db.Sha256;
import dev.keywheel.people.audit.event.AuditEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * A stored line of the audit log.
 *
 * @param position 1-based number within the workspace; 0 until an upgrade has numbered the line
 * @param format how {@code hash} is computed
 * @param keyId id of the key of a signed line; null for a plain line
 * @param previous the hash of the line before it; null for the first line
 */
record AuditLine(
    UUID workspace,
    long position,
    long id,
    Instant at,
    String actor,
    @Nullable UUID actorId,
    String action,
    @Nullable String subject,
    SortedMap<String, String> details,
    @Nullable String address,
    int format,
    @Nullable UUID keyId,
    byte @Nullable [] previous,
    byte[] hash) {

  /** SHA-256 over content and previous hash: in earlier versions and while the vault is sealed. */
  static final int PLAIN = 0;

  /** HMAC-SHA-256 over every column except the hash. */
  static final int SIGNED = 1;

  /** Like {@link #SIGNED}, for a line that was appended to a head with a wrong signature. */
  static final int AFTER_CHANGED_HEAD = 2;

  /**
   * The columns that {@link #of} reads. An infinite time, which Keywheel never writes, is read as
   * the epoch, so that the hash does not match.
   */
  static final List<Field<?>> COLUMNS =
      AUDIT_EVENTS
          .fieldStream()
          .<Field<?>>map(
              column ->
                  column.equals(AUDIT_EVENTS.AT)
                      ? when(condition("isfinite({0})", column), AUDIT_EVENTS.AT)
                          .otherwise(Instant.EPOCH)
                          .as(AUDIT_EVENTS.AT)
                      : column)
          .toList();

  /** Prefix of a value in the details that is not a JSON string. */
  static final String NOT_TEXT = "(not written by Keywheel) ";

  boolean signed() {
    return format != PLAIN;
  }

  /** The bytes that a signed line's HMAC covers. */
  byte[] encoded() {
    return new LineEncoding(format, "keywheel audit line")
        .add(keyId)
        .add(workspace)
        .add(position)
        .add(id)
        .add(at.getEpochSecond() * 1_000_000 + at.getNano() / 1_000)
        .add(actor)
        .add(actorId)
        .add(action)
        .add(subject)
        .add(details)
        .add(address)
        .add(previous)
        .bytes();
  }

  /** The hash of a {@link #PLAIN} line. */
  byte[] plainHash() {
    return Sha256.of(
        Json.text(
            Arrays.asList(
                previous == null ? "" : HexFormat.of().formatHex(previous),
                at.truncatedTo(ChronoUnit.MICROS).toString(),
                actor,
                actorId,
                action,
                subject,
                details)));
  }

  AuditLine with(byte[] newHash) {
    return new AuditLine(
        workspace, position, id, at, actor, actorId, action, subject, details, address, format,
        keyId, previous, newHash);
  }

  AuditEvent event() {
    return new AuditEvent(id, position, at, actor, actorId, action, subject, details, signed());
  }

  static AuditLine of(Record row) {
    Long position = row.get(AUDIT_EVENTS.POSITION);
    return new AuditLine(
        row.get(AUDIT_EVENTS.WORKSPACE_ID),
        position == null ? 0 : position,
        row.get(AUDIT_EVENTS.ID),
        row.get(AUDIT_EVENTS.AT),
        row.get(AUDIT_EVENTS.ACTOR),
        row.get(AUDIT_EVENTS.ACTOR_ID),
        row.get(AUDIT_EVENTS.ACTION),
        row.get(AUDIT_EVENTS.SUBJECT),
        details(row.get(AUDIT_EVENTS.DETAILS).data()),
        row.get(AUDIT_EVENTS.ADDRESS),
        row.get(AUDIT_EVENTS.FORMAT),
        row.get(AUDIT_EVENTS.KEY_ID),
        row.get(AUDIT_EVENTS.PREVIOUS),
        row.get(AUDIT_EVENTS.HASH));
  }

  /**
   * The details of a line: a JSON object of strings. Any other value was changed in the database,
   * and is marked with {@link #NOT_TEXT}.
   */
  private static SortedMap<String, String> details(String json) {
    var details = new TreeMap<String, String>();
    try {
      if (Json.MAPPER.readTree(json) instanceof ObjectNode object) {
        object
            .properties()
            .forEach(
                entry ->
                    details.put(
                        entry.getKey(),
                        entry.getValue().isTextual()
                            ? entry.getValue().textValue()
                            : NOT_TEXT + entry.getValue()));
        return details;
      }
    } catch (JsonProcessingException e) {
      // The details are too deep or too long for the parser, so they are shown unparsed.
    }
    details.put("details", NOT_TEXT + json);
    return details;
  }
}
