package dev.keywheel.people.audit;

import dev.keywheel.db.Json;
import java.time.Instant;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A line of an export; hashes in hex. */
record ExportedLine(
    UUID workspace,
    long entry,
    long id,
    Instant at,
    String actor,
    @Nullable UUID actorId,
    String action,
    @Nullable String subject,
    TreeMap<String, String> details,
    @Nullable String address,
    int format,
    @Nullable UUID key,
    @Nullable String previous,
    String hash) {

  static ExportedLine of(AuditLine line) {
    var previous = line.previous();
    return new ExportedLine(
        line.workspace(),
        line.position(),
        line.id(),
        line.at(),
        line.actor(),
        line.actorId(),
        line.action(),
        line.subject(),
        new TreeMap<>(line.details()),
        line.address(),
        line.format(),
        line.keyId(),
        previous == null ? null : AuditAppender.hex(previous),
        AuditAppender.hex(line.hash()));
  }

  static AuditLine read(String json) {
    var line = Json.read(json, ExportedLine.class);
    var hex = HexFormat.of();
    return new AuditLine(
        line.workspace,
        line.entry,
        line.id,
        line.at,
        line.actor,
        line.actorId,
        line.action,
        line.subject,
        line.details,
        line.address,
        line.format,
        line.key,
        line.previous == null ? null : hex.parseHex(line.previous),
        hex.parseHex(line.hash));
  }
}
