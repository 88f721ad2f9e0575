package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;

import dev.keywheel.people.audit.AuditAnchor.Mark;
import dev.keywheel.people.audit.AuditChainCheck.Link;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.secret.AuditKeys;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record4;
import org.jspecify.annotations.Nullable;

/** Compares the end of a workspace's log with its signed head and with the anchor file. */
final class AuditEndCheck {
  /** The action of the entry with which an administrator accepts a restored backup. */
  static final AuditAction ACCEPTED = AuditAction.ACCEPTED_RESTORED_AUDIT_LOG;

  private final DSLContext dsl;
  private final UUID workspace;
  private final AuditKeys keys;
  private final AuditAnchor anchor;

  AuditEndCheck(DSLContext dsl, UUID workspace, AuditKeys keys, AuditAnchor anchor) {
    this.dsl = dsl;
    this.workspace = workspace;
    this.keys = keys;
    this.anchor = anchor;
  }

  /**
   * The differences between the end of the log, its head and the anchor.
   *
   * @param head read before {@code last}, so that a line written in between causes no finding
   * @param last the last line of the log
   * @param mark the mark in the anchor file; empty if there is none
   */
  List<AuditFinding> compare(Optional<AuditHead> head, Link last, Optional<Mark> mark) {
    var findings = new ArrayList<AuditFinding>();
    compareHead(head, last).ifPresent(findings::add);
    mark.flatMap(found -> compareAnchor(found, last)).ifPresent(findings::add);
    return List.copyOf(findings);
  }

  private Optional<AuditFinding> compareHead(Optional<AuditHead> found, Link last) {
    if (last.position() == 0 && found.isEmpty()) {
      return Optional.empty();
    }
    if (found.isEmpty() || !(found.get().verifies(keys) || found.get().unsigned())) {
      return Optional.of(AuditFinding.of(Kind.HEAD_CHANGED, last.position()));
    }
    var head = found.get();
    if (head.position() > last.position()) {
      return Optional.of(new AuditFinding(Kind.CUT, last.position() + 1, head.position()));
    }
    return holds(head.position(), head.hash())
        ? inserted(last)
        : Optional.of(AuditFinding.of(Kind.HEAD_CHANGED, head.position()));
  }

  /** Finds inserted lines: those after the head, since Keywheel writes each line with its head. */
  private Optional<AuditFinding> inserted(Link last) {
    long head = AuditHead.find(dsl, workspace).map(AuditHead::position).orElse(0L);
    return last.position() > head
        ? Optional.of(new AuditFinding(Kind.INSERTED, head + 1, last.position()))
        : Optional.empty();
  }

  private Optional<AuditFinding> compareAnchor(Mark mark, Link last) {
    if (!anchor.verifies(workspace, mark)) {
      return Optional.of(AuditFinding.of(Kind.ANCHOR_CHANGED, last.position()));
    }
    if (accepted(mark.at()) || holds(mark.position(), mark.hash())) {
      return Optional.empty();
    }
    return Optional.of(
        mark.position() > last.position()
            ? new AuditFinding(Kind.ANCHOR_AHEAD, last.position() + 1, mark.position())
            : AuditFinding.of(Kind.ANCHOR_DIFFERS, mark.position()));
  }

  /** Whether the log has this line, or retention has removed it. */
  private boolean holds(long position, byte @Nullable [] hash) {
    return position == 0
        || dsl.fetchExists(
            AUDIT_EVENTS,
            AUDIT_EVENTS.WORKSPACE_ID.eq(workspace),
            AUDIT_EVENTS.POSITION.eq(position),
            AUDIT_EVENTS.HASH.eq(hash))
        || position <= AuditRemoval.read(dsl, workspace, keys).upTo();
  }

  private boolean accepted(Instant since) {
    return dsl
        .select(AuditLine.COLUMNS)
        .from(AUDIT_EVENTS)
        .where(
            AUDIT_EVENTS.WORKSPACE_ID.eq(workspace),
            AUDIT_EVENTS.ACTION.eq(ACCEPTED.text()),
            AUDIT_EVENTS.AT.ge(since))
        .orderBy(AUDIT_EVENTS.ID.desc())
        .limit(1)
        .fetch(AuditLine::of)
        .stream()
        .anyMatch(line -> AuditRemoval.hasValidSignature(line, keys));
  }

  /** The last line; {@link Link#START} for an empty log. */
  static Link last(DSLContext dsl, UUID workspace) {
    return dsl.select(
            AUDIT_EVENTS.ID, AUDIT_EVENTS.POSITION, AUDIT_EVENTS.HASH, AUDIT_EVENTS.KEY_ID)
        .from(AUDIT_EVENTS)
        .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
        .orderBy(AUDIT_EVENTS.ID.desc())
        .limit(1)
        .fetchOptional(AuditEndCheck::link)
        .orElse(Link.START);
  }

  private static Link link(Record4<Long, Long, byte[], UUID> row) {
    @Nullable Long position = row.value2();
    return new Link(
        row.value1(), position == null ? 0 : position, row.value3(), row.value4(), 0, true);
  }

  /** Whether the verified line is still in the log with its hash, or was removed by retention. */
  static boolean holds(DSLContext dsl, UUID workspace, Link link, AuditKeys keys) {
    return link.hash() == null
        || dsl.fetchExists(
            AUDIT_EVENTS,
            AUDIT_EVENTS.WORKSPACE_ID.eq(workspace),
            AUDIT_EVENTS.ID.eq(link.id()),
            AUDIT_EVENTS.HASH.eq(link.hash()))
        || link.position() <= AuditRemoval.read(dsl, workspace, keys).upTo();
  }

  /** A finding for verified lines that are missing at the end of the log; empty if none are. */
  static Optional<AuditFinding> missingEnd(DSLContext dsl, UUID workspace, Link verified) {
    long last = last(dsl, workspace).position();
    return last < verified.position()
        ? Optional.of(new AuditFinding(Kind.CUT, last + 1, verified.position()))
        : Optional.empty();
  }
}
