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
 * <p>The lines of a workspace form a chain: each is signed together with the hash of the one before
 * it ({@link AuditLine}), with a key of the vault. {@link AuditVerification} checks it.
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
    var search = new AuditSearch(db, workspace, filter);
    return db.read(dsl -> search.newest(dsl, before, limit));
  }

  /**
   * Matching events, newest first. Time-bounded: a text search may stop before the page is full.
   *
   * @param before only events with a smaller id; null for the newest ones
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

  /**
   * Signs new entries of all logs with a new key; the old key still verifies the entries before.
   */
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
