package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.AuditHead.LockedHead;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.secret.AuditKeys;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Adds lines at the end of a workspace's chain. */
final class AuditAppender {
  /** The actor of the lines about the log itself. */
  static final String ACTOR = "audit log";

  private final AuditKeys keys;
  private final InstantSource clock;

  AuditAppender(AuditKeys keys, InstantSource clock) {
    this.keys = keys;
    this.clock = clock;
  }

  /** The content of a line, without its position and its hash. */
  record Entry(
      String actor,
      @Nullable UUID actorId,
      AuditAction action,
      @Nullable String subject,
      SortedMap<String, String> details) {}

  /** Appends a line: signed if the vault is open, plain if it is sealed. */
  void append(Tx tx, UUID workspace, Entry entry) {
    var locked = lock(tx, workspace);
    write(tx, locked, entry, key(tx, locked.head()));
  }

  /** Appends a line that signs the earlier unsigned lines, if there are any. */
  void signEarlier(Tx tx, UUID workspace) {
    lock(tx, workspace);
  }

  /** Locks the end of the log, and signs the unsigned lines if the vault is open. */
  private LockedHead lock(Tx tx, UUID workspace) {
    var locked = AuditHead.lock(tx, workspace);
    var key = keys.active();
    if (key.isEmpty() || !locked.head().unsigned()) {
      return locked;
    }
    var details = new TreeMap<String, String>();
    details.put("up to entry", String.valueOf(locked.head().position()));
    details.put("sha-256", hex(locked.head().hash()));
    var entry = new Entry(ACTOR, null, AuditAction.SIGNED_EARLIER_ENTRIES, null, details);
    write(tx, locked, entry, key.orElseThrow());
    return AuditHead.lock(tx, workspace);
  }

  /** Begins a segment under a new key; its first line names both keys. */
  void startSegment(Tx tx, UUID workspace, UUID key, String actor, @Nullable UUID actorId) {
    var locked = lock(tx, workspace);
    var details = new TreeMap<String, String>();
    details.put("from key", String.valueOf(locked.head().keyId()));
    details.put("to key", key.toString());
    details.put("after entry", String.valueOf(locked.head().position()));
    write(
        tx,
        locked,
        new Entry(actor, actorId, AuditAction.STARTED_NEW_SIGNING_KEY, null, details),
        key);
  }

  /** The key of the current segment, which another node may have begun; null while sealed. */
  private @Nullable UUID key(Tx tx, AuditHead head) {
    var active = keys.active().orElse(null);
    var current = head.keyId();
    if (active == null || current == null || current.equals(active)) {
      return active;
    }
    keys.loadIfUnknown(tx, current);
    return keys.mac(current, new byte[0]).isPresent() ? current : active;
  }

  private void write(Tx tx, LockedHead locked, Entry entry, @Nullable UUID key) {
    var head = locked.head();
    int format =
        key == null
            ? AuditLine.PLAIN
            : head.unsigned() || head.verifies(keys)
                ? AuditLine.SIGNED
                : AuditLine.AFTER_CHANGED_HEAD;
    var unsigned =
        new AuditLine(
            head.workspace(),
            head.position() + 1,
            locked.nextId(),
            clock.instant().truncatedTo(ChronoUnit.MICROS),
            entry.actor(),
            entry.actorId(),
            entry.action().text(),
            entry.subject(),
            entry.details(),
            null,
            format,
            key,
            head.hash(),
            new byte[0]);
    var line = unsigned.with(hash(unsigned));
    insert(tx, line);
    AuditHead.store(tx, line, keys);
  }

  private byte[] hash(AuditLine line) {
    var key = line.keyId();
    return key == null ? line.plainHash() : keys.mac(key, line.encoded()).orElseThrow();
  }

  private static void insert(Tx tx, AuditLine line) {
    tx.dsl()
        .insertInto(AUDIT_EVENTS)
        .set(AUDIT_EVENTS.ID, line.id())
        .set(AUDIT_EVENTS.WORKSPACE_ID, line.workspace())
        .set(AUDIT_EVENTS.POSITION, line.position())
        .set(AUDIT_EVENTS.AT, line.at())
        .set(AUDIT_EVENTS.ACTOR, line.actor())
        .set(AUDIT_EVENTS.ACTOR_ID, line.actorId())
        .set(AUDIT_EVENTS.ACTION, line.action())
        .set(AUDIT_EVENTS.SUBJECT, line.subject())
        .set(AUDIT_EVENTS.DETAILS, Json.jsonb(line.details()))
        .set(AUDIT_EVENTS.FORMAT, (short) line.format())
        .set(AUDIT_EVENTS.KEY_ID, line.keyId())
        .set(AUDIT_EVENTS.PREVIOUS, line.previous())
        .set(AUDIT_EVENTS.HASH, line.hash())
        .execute();
  }

  static String hex(byte @Nullable [] hash) {
    return HexFormat.of().formatHex(Objects.requireNonNullElse(hash, new byte[0]));
  }
}
