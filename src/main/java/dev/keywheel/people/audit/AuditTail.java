package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;

import dev.keywheel.people.audit.AuditChain.Link;
import dev.keywheel.people.audit.AuditFinding.Kind;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;

/** The end of a workspace's log. */
final class AuditTail {
  private AuditTail() {}

  /** The last line; {@link Link#START} for an empty log. */
  static Link last(DSLContext dsl, UUID workspace) {
    return dsl.selectFrom(AUDIT_EVENTS)
        .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
        .orderBy(AUDIT_EVENTS.ID.desc())
        .limit(1)
        .fetchOptional(AuditLine::of)
        .map(line -> new Link(line.id(), line.position(), line.hash(), line.keyId(), 0, true))
        .orElse(Link.START);
  }

  /** Whether the verified line is still there with its hash. */
  static boolean holds(DSLContext dsl, UUID workspace, Link link, AuditRemoval removed) {
    return link.hash() == null
        || link.position() <= removed.upTo()
        || dsl.fetchExists(
            AUDIT_EVENTS,
            AUDIT_EVENTS.WORKSPACE_ID.eq(workspace),
            AUDIT_EVENTS.ID.eq(link.id()),
            AUDIT_EVENTS.HASH.eq(link.hash()));
  }

  /** The verified lines that are gone from the end. */
  static Optional<AuditFinding> cut(DSLContext dsl, UUID workspace, Link verified) {
    long last = last(dsl, workspace).position();
    return last < verified.position()
        ? Optional.of(new AuditFinding(Kind.CUT, last + 1, verified.position()))
        : Optional.empty();
  }
}
