package dev.keywheel.people.audit;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.db.query.BoundedSearch;
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
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/**
 * The audit log. Each event is written in the transaction of the audited action: if the event
 * cannot be written, the action fails.
 *
 * <p>The lines of a workspace form a chain: each line ({@link AuditLine}) contains the hash of the
 * previous line and is signed while the vault is open. {@link AuditVerification} checks the chain.
 */
public final class Audit {
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
   * Writes one event. Call it last in a transaction, since it blocks other audited actions of the
   * workspace until the transaction ends.
   *
   * @param actor an email address, or a component of Keywheel
   * @param actorId id of the user; null if the actor is not a user
   * @param subject the object of the action: an id or a name; null if there is none
   * @param details further values of the event; never a secret
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
   * Records a refused or failed action in a transaction of its own. Anyone can cause such events.
   * Each node therefore writes at most {@value RefusalLog#PER_MINUTE} a minute for users and as
   * many without a user, and a line with the number of events left out.
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

  void recordLeftOut() {
    refusals.recordLeftOut();
  }

  /**
   * The events that match the filter, newest first.
   *
   * @param before only events with a smaller id; null for the newest events
   */
  public List<AuditEvent> newest(
      UUID workspace, AuditFilter filter, @Nullable Long before, int limit) {
    var search = new AuditSearch(db, workspace, filter);
    return db.read(dsl -> search.newest(dsl, before, limit));
  }

  /**
   * The events that match the filter, newest first. A text search scans a limited number of events,
   * so it may stop before the page is full.
   *
   * @param before only events with a smaller id; null for the newest events
   */
  public AuditPage page(UUID workspace, AuditFilter filter, @Nullable Long before, int limit) {
    long end = before == null ? Long.MAX_VALUE : before;
    if (!filter.text().isBlank()) {
      var found = BoundedSearch.find(new AuditSearch(db, workspace, filter), end, limit);
      return new AuditPage(found.rows(), found.next(), found.partial());
    }
    var lines = newest(workspace, filter, end, limit + 1);
    boolean more = lines.size() > limit;
    var shown = more ? lines.subList(0, limit) : lines;
    return new AuditPage(shown, more ? shown.getLast().id() : null, false);
  }

  /** The actors in the log of a workspace, sorted; at most 200. */
  public List<String> actors(UUID workspace) {
    return distinct(workspace, AUDIT_EVENTS.ACTOR);
  }

  /** The actions in the log of a workspace, sorted; at most 200. */
  public List<String> actions(UUID workspace) {
    return distinct(workspace, AUDIT_EVENTS.ACTION);
  }

  /** Distinct values, by a loose index scan whose cost is independent of the number of events. */
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

  /**
   * Removes up to {@code limit} of the lines before this time, and records the removal in the log.
   *
   * @return number of removed lines; less than {@code limit} if no more lines can be removed
   */
  public int removeBefore(Tx tx, UUID workspace, Instant before, int limit) {
    return AuditRemoval.remove(tx, this, keys, workspace, before, limit);
  }

  /** Checks the whole log of a workspace at once; only for small logs. */
  public List<AuditFinding> findings(UUID workspace) {
    return db.read(
        dsl -> {
          var removed = AuditRemoval.read(dsl, workspace, keys);
          var chain = new AuditChainCheck(keys, removed, AuditChainCheck.Link.START);
          chain.check(
              AuditChainCheck.read(dsl, workspace, AuditChainCheck.Link.START, Integer.MAX_VALUE));
          return chain.findings();
        });
  }

  void signEarlier(UUID workspace) {
    boolean needed =
        db.read(dsl -> AuditHead.find(dsl, workspace).map(AuditHead::unsigned).orElse(true));
    if (needed) {
      db.runTx(tx -> appender.signEarlier(tx, workspace));
    }
  }

  /** Signs new lines of all logs with a new key; the old key still verifies the earlier lines. */
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

  /** The values as text, sorted by name, so that storing them as jsonb does not change them. */
  private static SortedMap<String, String> texts(Map<String, ?> details) {
    var texts = new TreeMap<String, String>();
    details.forEach((name, value) -> texts.put(name, String.valueOf(value).replace("\0", "")));
    return texts;
  }
}
