package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.edit.KeyChange.Kind;
import dev.keywheel.key.imports.LabelValidator;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.search.SelectionQuery;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * Changes that users make to one or many keys, each with an entry in the audit log. A small change
 * is one transaction. A change of very many keys is confirmed in one transaction and then applied
 * in parts. Keys deleted before the change reaches them are skipped.
 */
public final class KeyCommands {
  /** The maximum number of keys per transaction; {@link BulkEditWorker} applies more in parts. */
  private static final int PART_SIZE = 2_000;

  /** Maximum number of characters of a tag. */
  public static final int MAX_TAG_LENGTH = 40;

  private final Database database;
  private final KeyAuditTrail auditTrail;
  private final BulkEditQueue bulk;
  private final BulkEditWorker worker;
  private final KeyUndo undo;
  private final Jobs jobs;
  private final Ids ids;
  private final InstantSource clock;
  private final int partSize;

  public KeyCommands(Database database, Audit audit, Jobs jobs, Ids ids, InstantSource clock) {
    this(database, audit, jobs, ids, clock, PART_SIZE);
  }

  /**
   * @param partSize the maximum number of keys per transaction
   */
  public KeyCommands(
      Database database, Audit audit, Jobs jobs, Ids ids, InstantSource clock, int partSize) {
    this.database = database;
    this.auditTrail = new KeyAuditTrail(audit);
    this.bulk = new BulkEditQueue(jobs, clock, partSize);
    this.worker = new BulkEditWorker(database, auditTrail, jobs, clock, partSize);
    this.undo = new KeyUndo(database, auditTrail, bulk, jobs, ids, clock);
    this.jobs = jobs;
    this.ids = ids;
    this.clock = clock;
    this.partSize = partSize;
  }

  /** The job that applies changes of many keys, to be registered with {@link Jobs}. */
  public List<JobDefinition> jobs() {
    return List.of(worker.job());
  }

  /** A confirmed change and its result. {@link KeyUndo} undoes the change by its id. */
  public record Change(UUID id, KeyChange change, BulkResult done) {}

  public Change enable(Principal who, Selection selection) {
    return change(who, selection, KeyChange.of(Kind.ENABLE));
  }

  public Change disable(Principal who, Selection selection) {
    return change(who, selection, KeyChange.of(Kind.DISABLE));
  }

  /** Moves keys to the trash. {@link KeyUndo} can restore them within {@link KeyTrash#KEPT_FOR}. */
  public Change delete(Principal who, Selection selection) {
    return change(who, selection, new KeyChange(Kind.DELETE, ids.next().toString()));
  }

  public KeyUndo undo() {
    return undo;
  }

  /**
   * Sets the account of the keys. If the account is empty, the next test sets the account that the
   * provider reports. Throws {@link Rejected} when the account has more than 200 characters, has a
   * character that {@link LabelValidator} refuses, or looks like a secret.
   */
  public Change setAccount(Principal who, Selection selection, String account) {
    return change(who, selection, KeyChange.account(account));
  }

  /**
   * Like {@link #setAccount(Principal, Selection, String)}, for one key.
   *
   * @param seen rejects the change if the user has not seen the current account
   */
  public Change setAccount(Principal who, UUID key, String account, Consumer<String> seen) {
    KeyChange named = KeyChange.account(account);
    return change(
        who,
        Selection.of(List.of(key)),
        named,
        tx -> seen.accept(current(tx, who, key, API_KEYS.ACCOUNT)));
  }

  /**
   * Adds or removes a tag, which is stored in lower case. Throws {@link Rejected} when the tag is
   * empty, has more than 40 characters or a forbidden one, or looks like a secret.
   */
  public Change tag(Principal who, Selection selection, String tag, boolean add) {
    return change(who, selection, KeyChange.tag(tag, add));
  }

  /**
   * Renames a key. Throws {@link Rejected} when the name is not valid or another key of the
   * workspace has it, regardless of case, and {@link NotFound} when the key has been deleted.
   *
   * @param seen rejects the change if the user has not seen the current name
   */
  public void rename(Principal who, UUID key, String name, Consumer<String> seen) {
    String wanted = LabelValidator.validate("name", "name", name).strip();
    if (wanted.isEmpty() || wanted.length() > 100) {
      throw new Rejected("name", "A name must have 1 to 100 characters.");
    }
    SecretShape.POSSIBLE.refuse("name", wanted);
    database.runTx(
        tx -> {
          Condition which = SelectionQuery.of(tx, who, Selection.of(List.of(key)));
          seen.accept(current(tx, who, key, API_KEYS.NAME));
          boolean taken =
              tx.dsl()
                  .fetchExists(
                      API_KEYS,
                      API_KEYS.WORKSPACE_ID.eq(who.workspaceId()),
                      API_KEYS.DELETED_AT.isNull(),
                      API_KEYS.NAME_SORT_KEY.eq(DSL.lower(wanted)),
                      API_KEYS.ID.ne(key));
          if (taken) {
            throw new Rejected("name", "Another key is called " + wanted + ".");
          }
          Map<String, Object> about = KeyAuditTrail.about(tx, which, API_KEYS.NAME, wanted);
          KeyAuditTrail.recordHistory(
              tx, who, which, "renamed", API_KEYS.NAME, val(wanted), clock.instant(), null);
          if (tx.dsl().update(API_KEYS).set(API_KEYS.NAME, wanted).where(which).execute() == 0) {
            throw new NotFound("The key has been deleted. Nothing was renamed.");
          }
          auditTrail.record(tx, who, AuditAction.RENAMED_KEY, key, new BulkResult(1), about);
        });
  }

  /**
   * The text in a column of a key; empty if the column is null. Locks the pools, so that the text
   * stays the same until the transaction ends.
   */
  private static String current(Tx tx, Principal who, UUID key, Field<String> field) {
    Condition which = SelectionQuery.of(tx, who, Selection.of(List.of(key)));
    String text = tx.dsl().select(field).from(API_KEYS).where(which).fetchOne(field);
    return Objects.requireNonNullElse(text, "");
  }

  /** Records that a secret is shown. Call it before the secret is shown. */
  public void recordReveal(Principal who, UUID key) {
    database.runTx(
        tx -> {
          Condition which = SelectionQuery.of(tx, who, Selection.of(List.of(key)));
          KeyAuditTrail.recordHistory(tx, who, which, "revealed", clock.instant());
          auditTrail.recordOne(tx, who, AuditAction.REVEALED_KEY, key, which);
        });
  }

  /** Ends all model exclusions of a key, and returns whether there were any. */
  public boolean endExclusions(Principal who, ApiKey key) {
    return database.inTx(
        tx -> {
          Condition which = SelectionQuery.of(tx, who, Selection.of(List.of(key.id())));
          boolean any = KeyModels.endAll(tx, key.pool(), key.id(), clock.instant());
          if (any) {
            auditTrail.recordOne(tx, who, AuditAction.ENDED_MODEL_EXCLUSIONS, key.id(), which);
          }
          return any;
        });
  }

  /** Records an export of the list of keys. Call it before the first byte is sent. */
  public void recordExport(Principal who, Map<String, String> filter) {
    database.runTx(tx -> auditTrail.recordExport(tx, who, filter));
  }

  /**
   * Records that a user requests a deep test, which costs money. Call it before the test is sent.
   */
  public void recordDeepTest(Tx tx, Principal who, UUID key, String model) {
    Condition which = SelectionQuery.of(tx, who, Selection.of(List.of(key)));
    KeyAuditTrail.recordHistory(
        tx, who, which, "deep_test", KeyAuditTrail.NOTHING, val(model), clock.instant(), null);
    auditTrail.recordOne(tx, who, AuditAction.REQUESTED_DEEP_TEST, key + " with " + model, which);
  }

  /**
   * Purges keys of one workspace that were deleted more than {@link KeyTrash#KEPT_FOR} ago, up to
   * the maximum per transaction. Returns the number of purged keys; 0 when none is left.
   */
  public int purgeExpired() {
    return database.inTx(
        tx -> KeyTrash.purge(tx, clock.instant().minus(KeyTrash.KEPT_FOR), partSize));
  }

  /** The changes of many keys in progress, in the order of their confirmation. */
  public List<BulkEditProgress> running(UUID workspace) {
    return database.read(dsl -> BulkEditQueue.running(dsl, workspace));
  }

  /** Applies the change immediately, or queues it when it has more keys than one part holds. */
  private Change change(Principal who, Selection selection, KeyChange change) {
    return change(who, selection, change, _ -> {});
  }

  private Change change(
      Principal who, Selection selection, KeyChange change, Consumer<Tx> precondition) {
    UUID id = change.kind() == Kind.DELETE ? UUID.fromString(change.value()) : ids.next();
    BulkResult done =
        database.inTx(
            tx -> {
              precondition.accept(tx);
              return bulk.mustQueue(tx.dsl(), SelectionQuery.now(who.workspaceId(), selection))
                  ? begin(tx, who, id, selection, change)
                  : apply(tx, who, id, selection, change);
            });
    if (done.queued()) {
      jobs.nudge();
    }
    return new Change(id, change, done);
  }

  /**
   * Queues the change. Counts and pins the keys before the pools are locked, because assignments
   * would otherwise wait for seconds. If an earlier change in progress sets the same property, also
   * pins the keys that already have the new value.
   */
  private BulkResult begin(Tx tx, Principal who, UUID id, Selection selection, KeyChange change) {
    Condition which = SelectionQuery.unlocked(tx, who, selection);
    Condition differing = which.and(change.differs());
    int all = tx.dsl().fetchCount(API_KEYS, which);
    Map<String, Object> about = about(tx, differing, change);
    boolean later = replacesOthers(tx, who, id, change);
    var keys = select(API_KEYS.ID).from(API_KEYS).where(later ? which : differing);
    int begun = bulk.begin(tx, who, id, change, keys);
    if (!later && replacesOthers(tx, who, id, change)) {
      throw new Conflict(
          "Changed since you selected the keys",
          "Another change of these keys was confirmed before this one. Nothing was changed; review and try"
              + " again.");
    }
    var begins = new BulkResult(begun, Math.max(0, all - begun), 0, List.of(), true);
    return auditTrail.record(tx, who, change.kind().action(), change.value(), begins, about);
  }

  private static boolean replacesOthers(Tx tx, Principal who, UUID id, KeyChange change) {
    return BulkEditQueue.replaced(tx.dsl(), who.workspaceId(), change).stream()
        .anyMatch(edit -> !edit.getId().equals(id));
  }

  private BulkResult apply(Tx tx, Principal who, UUID id, Selection selection, KeyChange change) {
    Condition which = SelectionQuery.of(tx, who, selection);
    Condition differing = which.and(change.differs());
    int all = tx.dsl().fetchCount(API_KEYS, which);
    Map<String, Object> about = about(tx, differing, change);
    BulkEditQueue.replace(tx, who.workspaceId(), change, which);
    int changed = change.apply(tx, who, id, differing, clock.instant());
    var made = SelectionQuery.result(tx, who, selection, changed, all - changed, id);
    return auditTrail.record(tx, who, change.kind().action(), change.value(), made, about);
  }

  private static Map<String, Object> about(Tx tx, Condition differing, KeyChange change) {
    return change.kind() == Kind.ACCOUNT
        ? KeyAuditTrail.about(tx, differing, API_KEYS.ACCOUNT, change.value())
        : KeyAuditTrail.about(tx, differing);
  }
}
