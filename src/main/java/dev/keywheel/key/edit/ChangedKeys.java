package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectFrom;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.schema.tables.KeyChanges;
import dev.keywheel.key.edit.KeyChange.Kind;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Record2;
import org.jooq.Record3;
import org.jooq.Result;
import org.jooq.Select;
import org.jooq.SelectFromStep;

/** Finds the keys that a user's change modified, from the history of the keys. */
final class ChangedKeys {
  private static final String TAGS = "tags";
  private static final String ACCOUNT = "account";
  private static final String SECRET = "secret";
  private static final KeyChanges LATER = KEY_CHANGES.as("later");

  private ChangedKeys() {}

  /** Finds a change of the workspace; empty if it is unknown or not {@link #undoable}. */
  static Optional<KeyChange> find(DSLContext dsl, UUID workspace, UUID change) {
    return dsl.selectFrom(BULK_EDITS)
        .where(BULK_EDITS.ID.eq(change), BULK_EDITS.WORKSPACE_ID.eq(workspace))
        .fetchOptional(BulkEditQueue::change)
        .or(() -> ofHistory(dsl, workspace, change))
        .filter(ChangedKeys::undoable);
  }

  /** Whether the history suffices for the undo. A deletion is undone by the id in its keys. */
  private static boolean undoable(KeyChange made) {
    return switch (made.kind()) {
      case ENABLE, DISABLE, TAG, UNTAG, ACCOUNT -> true;
      case DELETE, RESTORE, ACCOUNT_BACK -> false;
    };
  }

  private static Optional<KeyChange> ofHistory(DSLContext dsl, UUID workspace, UUID change) {
    return dsl.select(KEY_CHANGES.KIND, KEY_CHANGES.OLD_VALUE, KEY_CHANGES.NEW_VALUE)
        .from(KEY_CHANGES)
        .join(API_KEYS)
        .on(API_KEYS.ID.eq(KEY_CHANGES.KEY_ID))
        .where(KEY_CHANGES.CHANGE_ID.eq(change), API_KEYS.WORKSPACE_ID.eq(workspace))
        .limit(1)
        .fetchOptional(
            row ->
                switch (row.value1()) {
                  case "enabled" -> KeyChange.of(Kind.ENABLE);
                  case "disabled" -> KeyChange.of(Kind.DISABLE);
                  case ACCOUNT -> KeyChange.of(Kind.ACCOUNT);
                  case TAGS ->
                      row.value3() == null
                          ? new KeyChange(Kind.UNTAG, Objects.requireNonNull(row.value2()))
                          : new KeyChange(Kind.TAG, row.value3());
                  default ->
                      throw new IllegalStateException(
                          "No undo of a change of kind " + row.value1());
                });
  }

  /** Selects up to {@code limit} keys of the change, with ids greater than {@code after}. */
  static Select<Record1<UUID>> keys(UUID change, UUID after, int limit) {
    return first(select(KEY_CHANGES.KEY_ID), change, after, limit);
  }

  /** The key id and row id of the next history rows of the change, for keys after {@code after}. */
  static Result<Record2<UUID, Long>> lines(DSLContext dsl, UUID change, UUID after, int limit) {
    return dsl.fetch(first(select(KEY_CHANGES.KEY_ID, KEY_CHANGES.ID), change, after, limit));
  }

  private static <R extends Record> Select<R> first(
      SelectFromStep<R> columns, UUID change, UUID after, int limit) {
    return columns
        .from(KEY_CHANGES)
        .where(KEY_CHANGES.CHANGE_ID.eq(change), KEY_CHANGES.KEY_ID.gt(after))
        .orderBy(KEY_CHANGES.CHANGE_ID, KEY_CHANGES.KEY_ID) // the order of the index
        .limit(limit);
  }

  /**
   * Selects the keys of these history rows that match {@code which}, if the changed property was
   * not changed again later. Looks up each key in an index. Without that, the planner would join
   * the history row by row while its statistics say that the table is empty: from a vacuum of the
   * empty table until the next vacuum.
   *
   * @param made the change that wrote the rows, or its inverse
   */
  static Select<Record3<UUID, String, Long>> unchangedSince(
      Result<Record2<UUID, Long>> lines, KeyChange made, Condition which) {
    var key = field(name("changed", "key_id"), UUID.class);
    var line = field(name("changed", "id"), Long.class);
    var changed =
        table(
                "unnest({0}, {1})",
                val(lines.intoArray(0, UUID.class)), val(lines.intoArray(1, Long.class)))
            .as("changed", "key_id", "id");
    var last =
        select(max(LATER.ID).filterWhere(sameProperty(made)))
            .from(LATER)
            .where(LATER.KEY_ID.eq(key));
    return select(API_KEYS.ID, API_KEYS.NAME, API_KEYS.ADDED_SEQ)
        .from(changed)
        .crossJoin(lateral(selectFrom(API_KEYS).where(API_KEYS.ID.eq(key)).offset(0)).as(API_KEYS))
        .where(which, line.eq(field(last)));
  }

  private static Condition sameProperty(KeyChange made) {
    return switch (made.kind()) {
      case TAG, UNTAG ->
          LATER.KIND.eq(TAGS).and(coalesce(LATER.NEW_VALUE, LATER.OLD_VALUE).eq(made.value()));
      // A replaced secret may belong to another account.
      case ACCOUNT, ACCOUNT_BACK -> LATER.KIND.in(ACCOUNT, SECRET);
      case ENABLE, DISABLE, DELETE, RESTORE -> LATER.KIND.in("enabled", "disabled");
    };
  }
}
