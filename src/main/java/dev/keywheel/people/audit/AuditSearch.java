package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.db.Database;
import dev.keywheel.db.query.BoundedSearch;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** The events of a workspace that match a filter. */
final class AuditSearch implements BoundedSearch.Source<Long, AuditEvent> {
  /** The searchable text of an event; must match the expression of its index. */
  private static final Field<String> TEXT =
      field(
          "(actor || E'\\n"
              + "' || action || E'\\n"
              + "' || coalesce(subject, '') || E'\\n"
              + "' || details::text)",
          String.class);

  private final Database db;
  private final UUID workspace;
  private final AuditFilter filter;

  AuditSearch(Database db, UUID workspace, AuditFilter filter) {
    this.db = db;
    this.workspace = workspace;
    this.filter = filter;
  }

  @Override
  public Optional<Long> back(Long before, int rows) {
    return db.read(
        dsl ->
            dsl.select(AUDIT_EVENTS.ID)
                .from(AUDIT_EVENTS)
                .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace), AUDIT_EVENTS.ID.lt(before))
                .orderBy(AUDIT_EVENTS.ID.desc())
                .offset(rows - 1)
                .limit(1)
                .fetchOptional(AUDIT_EVENTS.ID));
  }

  @Override
  public List<AuditEvent> between(@Nullable Long from, Long before, int limit) {
    var start = from == null ? noCondition() : AUDIT_EVENTS.ID.ge(from);
    return db.read(dsl -> fetch(dsl, matching(filter).and(start), before, limit));
  }

  @Override
  public Optional<List<AuditEvent>> indexed(Long before, int limit) {
    var hits =
        condition(
            """
            audit_events.id in (
              with hits as materialized (select id from audit_events where {0})
              select id from hits)
            """,
            TEXT.likeIgnoreCase(BoundedSearch.pattern(filter.text().strip())));
    var others = matching(new AuditFilter(filter.who(), filter.what(), ""));
    return BoundedSearch.throughIndex(
        db,
        "audit_events_containing",
        filter.text(),
        dsl -> fetch(dsl, hits.and(others), before, limit));
  }

  private List<AuditEvent> fetch(DSLContext dsl, Condition which, Long before, int limit) {
    return dsl.select(AuditLine.COLUMNS)
        .from(AUDIT_EVENTS)
        .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace), AUDIT_EVENTS.ID.lt(before), which)
        .orderBy(AUDIT_EVENTS.ID.desc())
        .limit(limit)
        .fetch(row -> AuditLine.of(row).event());
  }

  @Override
  public Long place(AuditEvent line) {
    return line.id();
  }

  List<AuditEvent> newest(DSLContext dsl, @Nullable Long before, int limit) {
    return fetch(dsl, matching(filter), before == null ? Long.MAX_VALUE : before, limit);
  }

  private static Condition matching(AuditFilter filter) {
    var all = noCondition();
    if (!filter.who().isEmpty()) {
      all = all.and(AUDIT_EVENTS.ACTOR.eq(filter.who()));
    }
    if (!filter.what().isEmpty()) {
      all = all.and(AUDIT_EVENTS.ACTION.eq(filter.what()));
    }
    if (!filter.text().isBlank()) {
      all = all.and(TEXT.likeIgnoreCase(BoundedSearch.pattern(filter.text().strip())));
    }
    return all;
  }
}
