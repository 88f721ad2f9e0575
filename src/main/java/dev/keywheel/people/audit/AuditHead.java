package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static dev.keywheel.db.schema.Tables.AUDIT_HEADS;
import static org.jooq.impl.DSL.field;

import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.AuditChainCheck.Link;
import dev.keywheel.secret.AuditKeys;
import dev.keywheel.secret.VaultSealedException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a workspace's log, signed and stored in a separate table, so that the removal of the
 * last lines is detected.
 *
 * @param position the position of the last line; 0 if the log is empty
 * @param keyId id of the key of the signature; null if the last line was written while the vault
 *     was sealed
 */
record AuditHead(
    UUID workspace,
    long position,
    byte @Nullable [] hash,
    @Nullable UUID keyId,
    byte @Nullable [] mac) {

  private static final Logger log = LoggerFactory.getLogger(AuditHead.class);
  private static final int VERSION = 1;

  /** A head and the id of the next line, read in one statement. */
  record LockedHead(AuditHead head, long nextId) {}

  static Optional<AuditHead> find(DSLContext dsl, UUID workspace) {
    return dsl.selectFrom(AUDIT_HEADS)
        .where(AUDIT_HEADS.WORKSPACE_ID.eq(workspace))
        .fetchOptional(AuditHead::of);
  }

  /**
   * Finds the head, and loads its key, which another node may have created. If a stored key was
   * changed in the database, the keys that are already loaded verify the log.
   *
   * @throws VaultSealedException if this node does not have the key-encryption key
   */
  static Optional<AuditHead> find(Tx tx, UUID workspace, AuditKeys keys) {
    var head = find(tx.dsl(), workspace);
    try {
      head.ifPresent(found -> keys.loadIfUnknown(tx, found.keyId()));
    } catch (VaultSealedException e) {
      if (!e.damaged()) {
        throw e;
      }
      log.warn("The keys of the audit log cannot be loaded: {}", e.getMessage());
    }
    return head;
  }

  /** Locks the head until the transaction ends; creates a missing head. */
  static LockedHead lock(Tx tx, UUID workspace) {
    return locked(tx, workspace)
        .orElseGet(
            () -> {
              create(tx, workspace);
              return locked(tx, workspace).orElseThrow();
            });
  }

  private static Optional<LockedHead> locked(Tx tx, UUID workspace) {
    var nextId = field("nextval(pg_get_serial_sequence('audit_events', 'id'))", Long.class);
    return tx.dsl()
        .select(AUDIT_HEADS.fields())
        .select(nextId)
        .from(AUDIT_HEADS)
        .where(AUDIT_HEADS.WORKSPACE_ID.eq(workspace))
        .forUpdate()
        .fetchOptional(row -> new LockedHead(of(row), row.get(nextId)));
  }

  /**
   * Creates a head at the last line of the log. The head is missing if the workspace is new, if an
   * earlier version wrote the line, or if the head was deleted.
   */
  private static void create(Tx tx, UUID workspace) {
    var last = AuditEndCheck.last(tx.dsl(), workspace);
    tx.dsl()
        .insertInto(AUDIT_HEADS)
        .set(AUDIT_HEADS.WORKSPACE_ID, workspace)
        .set(AUDIT_HEADS.POSITION, positionOf(tx, workspace, last))
        .set(AUDIT_HEADS.HASH, last.hash())
        .set(AUDIT_HEADS.KEY_ID, last.key())
        .onConflictDoNothing()
        .execute();
  }

  /** The position of the last line; the number of lines if an earlier version did not number it. */
  private static long positionOf(Tx tx, UUID workspace, Link last) {
    return last.position() > 0
        ? last.position()
        : tx.dsl().fetchCount(AUDIT_EVENTS, AUDIT_EVENTS.WORKSPACE_ID.eq(workspace));
  }

  /** Whether the signature is correct; the head of an empty log needs no signature. */
  boolean verifies(AuditKeys keys) {
    return keyId == null
        ? position == 0
        : keys.mac(keyId, encoded())
            .filter(right -> mac != null && MessageDigest.isEqual(right, mac))
            .isPresent();
  }

  /** Whether the last line is unsigned. */
  boolean unsigned() {
    return position > 0 && keyId == null;
  }

  /** Stores the head that ends with this line, signed if the line is signed. */
  static void store(Tx tx, AuditLine line, AuditKeys keys) {
    var plain = new AuditHead(line.workspace(), line.position(), line.hash(), line.keyId(), null);
    tx.dsl()
        .update(AUDIT_HEADS)
        .set(AUDIT_HEADS.POSITION, line.position())
        .set(AUDIT_HEADS.HASH, line.hash())
        .set(AUDIT_HEADS.KEY_ID, line.keyId())
        .set(
            AUDIT_HEADS.MAC,
            Optional.ofNullable(line.keyId())
                .flatMap(key -> keys.mac(key, plain.encoded()))
                .orElse(null))
        .where(AUDIT_HEADS.WORKSPACE_ID.eq(line.workspace()))
        .execute();
  }

  private byte[] encoded() {
    return new LineEncoding(VERSION, "keywheel audit head")
        .add(keyId)
        .add(workspace)
        .add(position)
        .add(hash)
        .bytes();
  }

  private static AuditHead of(Record row) {
    return new AuditHead(
        row.get(AUDIT_HEADS.WORKSPACE_ID),
        row.get(AUDIT_HEADS.POSITION),
        row.get(AUDIT_HEADS.HASH),
        row.get(AUDIT_HEADS.KEY_ID),
        row.get(AUDIT_HEADS.MAC));
  }
}
