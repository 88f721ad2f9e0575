package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;

import dev.keywheel.db.Json;
import dev.keywheel.db.Sha256;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** The hash chain over the audit events of each workspace. */
final class AuditChain {
  private AuditChain() {}

  /** Where verification stopped; the next part continues here. */
  record Link(long id, byte @Nullable [] hash) {
    static final Link START = new Link(0, null);
  }

  /**
   * A verified part of the chain.
   *
   * @param broken the first event that breaks the chain; null for none
   * @param last whether the part reaches the end of the log
   */
  record Part(Link link, @Nullable Long broken, boolean last) {}

  /** Verifies at most {@code limit} events; continues from the stored hash after a broken one. */
  static Part compare(DSLContext dsl, UUID workspace, Link from, int limit) {
    var rows =
        dsl.selectFrom(AUDIT_EVENTS)
            .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace), AUDIT_EVENTS.ID.gt(from.id()))
            .orderBy(AUDIT_EVENTS.ID)
            .limit(limit)
            .fetch();
    var link = from;
    Long broken = null;
    for (var row : rows) {
      boolean follows =
          Arrays.equals(link.hash(), row.getPrevious())
              && Arrays.equals(hash(link.hash(), event(row)), row.getHash());
      broken = broken == null && !follows ? row.getId() : broken;
      link = new Link(row.getId(), row.getHash());
    }
    return new Part(link, broken, rows.size() < limit);
  }

  /** Whether the event still exists with the verified hash. */
  static boolean holds(DSLContext dsl, UUID workspace, Link link) {
    return link.hash() == null
        || dsl.fetchExists(
            AUDIT_EVENTS,
            AUDIT_EVENTS.WORKSPACE_ID.eq(workspace),
            AUDIT_EVENTS.ID.eq(link.id()),
            AUDIT_EVENTS.HASH.eq(link.hash()));
  }

  @SuppressWarnings("unchecked") // Audit wrote the details as a map of strings
  static AuditEvent event(Record row) {
    return new AuditEvent(
        row.get(AUDIT_EVENTS.ID),
        row.get(AUDIT_EVENTS.AT),
        row.get(AUDIT_EVENTS.ACTOR),
        row.get(AUDIT_EVENTS.ACTOR_ID),
        row.get(AUDIT_EVENTS.ACTION),
        row.get(AUDIT_EVENTS.SUBJECT),
        new TreeMap<String, String>(Json.read(row.get(AUDIT_EVENTS.DETAILS), Map.class)));
  }

  static byte[] hash(byte @Nullable [] previous, AuditEvent event) {
    var line =
        Json.text(
            Arrays.asList(
                previous == null ? "" : HexFormat.of().formatHex(previous),
                event.at().truncatedTo(ChronoUnit.MICROS).toString(),
                event.actor(),
                event.actorId(),
                event.action(),
                event.subject(),
                new TreeMap<>(event.details())));
    return Sha256.of(line);
  }
}
