package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.BoundedSearch;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.secret.AuditKeys;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/**
 * The audit log. Each event is written in the transaction of the audited action: if the event
 * cannot be written, the action fails.
 *
 * <p>The lines of a workspace form a chain: each is signed together with the hash of the one before
 * it ({@link AuditLine}), with a key of the vault. {@link AuditVerification} checks it.
 */
public final class Audit {
  /** The searchable text of an event; must match the expression of its index. */
  private static final Field<String> TEXT =
      field(
          "(actor || E'\\n' || action || E'\\n' || coalesce(subject, '') || E'\\n' || details::text)",
          String.class);

  private final Database db;
  private final AuditKeys keys;
  private final AuditAppender appender;
  private final RefusalLog refusals;

  public Audit(Database db, AuditKeys keys, InstantSource clock) {
    this.db = db;
    this.keys = keys;
    this.appender = new AuditAppender(keys, clock);
    this.refusals = new RefusalLog(db, this, clock);
  }

  /**
   * Writes one event. Call it last in a transaction: writes in one workspace are serialized.
   *
   * @param actor an e-mail address, or a component of Keywheel
   * @param subject the object of the action: an id or a name
   * @param details never a secret
   */
  public void record(
      Tx tx,
      UUID workspace,
      String actor,
      @Nullable UUID actorId,
      AuditAction action,
      @Nullable String subject,
      Map<String, ?> details) {
    appender.append(
        tx, workspace, new AuditAppender.Entry(actor, actorId, action, subject, texts(details)));
  }

  /** Like {@link #record}, for a user in the user's own workspace. */
  public void record(
      Tx tx,
      Principal person,
      AuditAction action,
      @Nullable String subject,
      Map<String, ?> details) {
    record(tx, person.workspaceId(), person, action, subject, details);
  }

  /** Like {@link #record}, for a user in any workspace. */
  public void record(
      Tx tx,
      UUID workspace,
      Principal person,
      AuditAction action,
      @Nullable String subject,
      Map<String, ?> details) {
    record(tx, workspace, person.email(), person.userId(), action, subject, details);
  }

  /**
   * Records in a transaction of its own what was refused or failed. Strangers cause such events, so
   * only {@value RefusalLog#PER_MINUTE} a minute are written; a line says how many were left out.
   *
   * @param person the user, if there is one; otherwise the event belongs to the instance
   */
  public void recordRefusal(
      Optional<Principal> person,
      String actor,
      AuditAction action,
      @Nullable String subject,
      Map<String, ?> details) {
    refusals.record(person, actor, action, subject, details);
  }

  /** Writes how many refusals were left out, if their minute is over. */
  void recordLeftOut() {
    refusals.recordLeftOut();
  }

  /**
   * The newest events that match the filter, newest first; only those before {@code before} if it
   * is set.
   */
  public List<AuditEvent> newest(
      UUID workspace, AuditFilter filter, @Nullable Long before, int limit) {
    return db.read(dsl -> newest(dsl, workspace, filter, before, limit));
  }

  static List<AuditEvent> newest(
      DSLContext dsl, UUID workspace, AuditFilter filter, @Nullable Long before, int limit) {
    return dsl.select(AuditLine.COLUMNS)
        .from(AUDIT_EVENTS)
        .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
        .and(meant(filter))
        .and(AUDIT_EVENTS.ID.lt(before == null ? Long.MAX_VALUE : before))
        .orderBy(AUDIT_EVENTS.ID.desc())
        .limit(limit)
        .fetch(row -> AuditLine.of(row).event());
  }

  private static Condition meant(AuditFilter filter) {
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

  /**
   * Matching events, newest first. Time-bounded: a text search may stop before the page is full.
   *
   * @param before only events with a smaller id; null for the newest ones
   */
  public AuditPage page(UUID workspace, AuditFilter filter, @Nullable Long before, int limit) {
    long end = before == null ? Long.MAX_VALUE : before;
    if (!filter.text().isBlank()) {
      var found = BoundedSearch.find(new Lines(workspace, filter), end, limit);
      return new AuditPage(found.rows(), found.next(), found.partial());
    }
    var lines = newest(workspace, filter, end, limit + 1);
    boolean more = lines.size() > limit;
    var shown = more ? lines.subList(0, limit) : lines;
    return new AuditPage(shown, more ? shown.getLast().id() : null, false);
  }

  /** The events that a text search scans. */
  private final class Lines implements BoundedSearch.Source<Long, AuditEvent> {
    private final UUID workspace;
    private final AuditFilter filter;

    Lines(UUID workspace, AuditFilter filter) {
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
      return db.read(dsl -> fetch(dsl, meant(filter).and(start), before, limit));
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
      var others = meant(new AuditFilter(filter.who(), filter.what(), ""));
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
  }

  /** The actors of a workspace, sorted. */
  public List<String> actors(UUID workspace) {
    return distinct(workspace, AUDIT_EVENTS.ACTOR);
  }

  /** The actions of a workspace, sorted. */
  public List<String> actions(UUID workspace) {
    return distinct(workspace, AUDIT_EVENTS.ACTION);
  }

  /** A loose index scan: its cost does not depend on the number of events. */
  private List<String> distinct(UUID workspace, Field<String> field) {
    return db.read(
        dsl ->
            dsl.fetch(
                    """
                    with recursive v(value) as (
                      (select {0} from audit_events where workspace_id = {1} order by {0} limit 1)
                      union all
                      select (select {0} from audit_events
                               where workspace_id = {1} and {0} > v.value order by {0} limit 1)
                        from v where v.value is not null)
                    select value from v where value is not null limit 200
                    """,
                    field, val(workspace))
                .getValues(0, String.class));
  }

  /** Removes the oldest lines; fewer than {@code limit} at the end. Leaves a line about it. */
  public int removeBefore(Tx tx, UUID workspace, Instant before, int limit) {
    return AuditRemoval.remove(tx, this, keys, workspace, before, limit);
  }

  /** Checks the whole log of a workspace at once; for small ones. */
  public List<AuditFinding> findings(UUID workspace) {
    return db.read(
        dsl -> {
          var removed = AuditRemoval.read(dsl, workspace, keys);
          var chain = new AuditChain(keys, removed, AuditChain.Link.START);
          chain.check(AuditChain.read(dsl, workspace, AuditChain.Link.START, Integer.MAX_VALUE));
          return chain.findings();
        });
  }

  /** Signs the end of the lines that were written without the key, if there are any. */
  void signEarlier(UUID workspace) {
    boolean needed =
        db.read(dsl -> AuditHead.find(dsl, workspace).map(AuditHead::unsigned).orElse(true));
    if (needed) {
      db.runTx(tx -> appender.signEarlier(tx, workspace));
    }
  }

  /** Signs all logs with a new key from here on; the old one still verifies what it signed. */
  public void startSegments(Principal by) {
    db.runTx(
        tx -> {
          var key = keys.replace(tx);
          for (var workspace : WorkspaceIds.all(tx.dsl())) {
            appender.startSegment(tx, workspace, key, by.email(), by.userId());
          }
        });
    db.runTx(keys::reload);
  }

  /** Values as text, sorted by name: stable after a round trip through jsonb. */
  private static SortedMap<String, String> texts(Map<String, ?> details) {
    var texts = new TreeMap<String, String>();
    details.forEach((name, value) -> texts.put(name, String.valueOf(value).replace("\0", "")));
    return texts;
  }
}
