package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static org.jooq.impl.DSL.castNull;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record3;
import org.jooq.Select;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** Records user actions on keys, in the history of each key and in the audit log. */
final class KeyAuditTrail {
  /** The maximum number of keys that an audit entry names. */
  static final int MAX_NAMED = 10;

  private final Audit audit;

  KeyAuditTrail(Audit audit) {
    this.audit = audit;
  }

  static final Field<@Nullable String> NOTHING = castNull(SQLDataType.CLOB);

  static void recordHistory(Tx tx, Principal who, Condition which, String kind, Instant now) {
    recordHistory(tx, who, which, kind, NOTHING, NOTHING, now, null);
  }

  /**
   * Writes a history row for each matching key. Call it before the update, because {@code oldValue}
   * may be a column of the key.
   *
   * @param change the id by which the change can be undone; null when it cannot be undone
   */
  static void recordHistory(
      Tx tx,
      Principal who,
      Condition which,
      String kind,
      Field<@Nullable String> oldValue,
      Field<@Nullable String> newValue,
      Instant now,
      @Nullable UUID change) {
    tx.dsl()
        .insertInto(
            KEY_CHANGES,
            KEY_CHANGES.KEY_ID,
            KEY_CHANGES.AT,
            KEY_CHANGES.KIND,
            KEY_CHANGES.ACTOR,
            KEY_CHANGES.OLD_VALUE,
            KEY_CHANGES.NEW_VALUE,
            KEY_CHANGES.CHANGE_ID,
            KEY_CHANGES.OLD_ACCOUNT_SOURCE)
        .select(
            select(
                    API_KEYS.ID,
                    val(now),
                    val(kind),
                    val(who.email()),
                    oldValue,
                    newValue,
                    val(change, KEY_CHANGES.CHANGE_ID),
                    kind.equals("account") ? API_KEYS.ACCOUNT_SOURCE : NOTHING)
                .from(API_KEYS)
                .where(which))
        .execute();
  }

  static String undoOf(UUID change) {
    return "undo of " + change;
  }

  /**
   * Audit details: the names of the {@link #MAX_NAMED} oldest keys that match before the change.
   */
  static Map<String, Object> about(Tx tx, Condition which) {
    return about(tx, keys(which));
  }

  /** Selects the matching keys with the columns that {@link #about(Tx, Select)} reads. */
  static Select<Record3<UUID, String, Long>> keys(Condition which) {
    return select(API_KEYS.ID, API_KEYS.NAME, API_KEYS.ADDED_SEQ).from(API_KEYS).where(which);
  }

  static Map<String, Object> about(Tx tx, Select<Record3<UUID, String, Long>> keys) {
    var affected = keys.asTable("affected");
    List<String> names =
        tx.dsl()
            .select(affected.field(API_KEYS.NAME))
            .from(affected)
            .orderBy(affected.field(API_KEYS.ADDED_SEQ))
            .limit(MAX_NAMED + 1)
            .fetch(affected.field(API_KEYS.NAME));
    String listed = String.join(", ", names.subList(0, Math.min(MAX_NAMED, names.size())));
    return new TreeMap<>(Map.of("names", names.size() > MAX_NAMED ? listed + " and more" : listed));
  }

  /**
   * Like {@link #about(Tx, Condition)}, plus the new value, and the old one if all keys share it.
   */
  static Map<String, Object> about(Tx tx, Condition which, Field<String> field, String newValue) {
    Map<String, Object> about = about(tx, which);
    List<@Nullable String> was =
        tx.dsl().selectDistinct(field).from(API_KEYS).where(which).limit(2).fetch(field);
    if (was.size() == 1) {
      String before = was.getFirst();
      about.put("was", before == null ? "none" : before);
    }
    about.put("now", newValue.isEmpty() ? "none" : newValue);
    return about;
  }

  /** Records an export. No pool version rises, because an export changes no key. */
  void recordExport(Tx tx, Principal who, Map<String, String> details) {
    audit.record(tx, who, AuditAction.EXPORTED_LIST_OF_KEYS, "CSV", details);
  }

  /** Records that an undo is queued for a job. {@link #recordUndo} records the number of keys. */
  void recordQueuedUndo(Tx tx, Principal who, AuditAction action, UUID undoes) {
    audit.record(tx, who, action, undoOf(undoes), Map.of("keys", "counted when it ends"));
  }

  /** Records the end of an undo by a job, even if no key was changed. */
  void recordUndo(Tx tx, Principal who, AuditAction action, UUID undoes, int keys) {
    audit.record(tx, who, action, undoOf(undoes), Map.of("keys", keys));
  }

  /** Like {@link #record}, for the matching key. */
  void recordOne(Tx tx, Principal who, AuditAction action, Object subject, Condition which) {
    record(tx, who, action, subject, new BulkResult(1), about(tx, which));
  }

  /** If any key was changed, writes the audit entry and raises the pool versions. */
  BulkResult record(
      Tx tx,
      Principal who,
      AuditAction action,
      Object subject,
      BulkResult done,
      Map<String, Object> about) {
    if (done.changed() > 0) {
      PoolRepository.of(tx.dsl(), who.workspaceId())
          .forEach(pool -> PoolRepository.raiseVersion(tx, pool));
      var details = new TreeMap<>(about);
      details.put("keys", done.changed());
      audit.record(tx, who, action, subject.toString(), details);
    }
    return done;
  }
}
