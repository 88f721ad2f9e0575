package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectFrom;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.KeyChanges;
import dev.keywheel.key.edit.KeyChange.Kind;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Record3;
import org.jooq.Select;

/** Finds the keys that one change of a user changed, in the histories of the keys. */
final class ChangedKeys {
  private static final String TAGS = "tags";
  private static final String ACCOUNT = "account";
  private static final String SECRET = "secret";
  private static final KeyChanges LATER = KEY_CHANGES.as("later");

  private ChangedKeys() {}

  /** A change of the workspace that can be undone; empty when there is no trace of it. */
  static Optional<KeyChange> find(DSLContext dsl, UUID workspace, UUID change) {
    return dsl.selectFrom(BULK_EDITS)
        .where(BULK_EDITS.ID.eq(change), BULK_EDITS.WORKSPACE_ID.eq(workspace))
        .fetchOptional(BulkEditWorker::change)
        .or(() -> ofHistory(dsl, workspace, change))
        .filter(ChangedKeys::undoable);
  }

  /** Deletions are undone by their mark on the keys. */
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
                  default -> throw new IllegalStateException("A change of kind " + row.value1());
                });
  }

  /**
   * The keys that this change altered and that match, without those whose same property changed
   * later. Each key is one look into an index: the planner would join the histories row by row
   * while it takes them for empty, as it does from a vacuum of the empty table until the next one.
   */
  static Select<Record3<UUID, String, Long>> unchangedSince(
      UUID change, KeyChange made, Condition which) {
    var changed =
        select(KEY_CHANGES.KEY_ID, KEY_CHANGES.ID)
            .from(KEY_CHANGES)
            .where(KEY_CHANGES.CHANGE_ID.eq(change))
            .offset(0) // so that no other table is joined first
            .asTable("changed");
    var key = changed.field(KEY_CHANGES.KEY_ID);
    var last =
        select(max(LATER.ID).filterWhere(alike(made))).from(LATER).where(LATER.KEY_ID.eq(key));
    return select(API_KEYS.ID, API_KEYS.NAME, API_KEYS.ADDED_SEQ)
        .from(changed)
        .crossJoin(lateral(selectFrom(API_KEYS).where(API_KEYS.ID.eq(key)).offset(0)).as(API_KEYS))
        .where(which, changed.field(KEY_CHANGES.ID).eq(field(last)));
  }

  /** The last line of the histories: with the pools locked, users' later changes come after it. */
  static long last(Tx tx) {
    return tx.dsl()
        .select(coalesce(max(KEY_CHANGES.ID), val(0L)))
        .from(KEY_CHANGES)
        .fetchSingle(Record1::value1);
  }

  /** The keys whose same property was changed after this line of the histories. */
  static Select<Record1<UUID>> changedAfter(long line, KeyChange made) {
    return select(LATER.KEY_ID).from(LATER).where(LATER.ID.gt(line), alike(made));
  }

  private static Condition alike(KeyChange made) {
    return switch (made.kind()) {
      case TAG, UNTAG ->
          LATER.KIND.eq(TAGS).and(coalesce(LATER.NEW_VALUE, LATER.OLD_VALUE).eq(made.value()));
      case ACCOUNT -> LATER.KIND.in(ACCOUNT, SECRET); // an account may be that of the old secret
      case ENABLE, DISABLE, DELETE, RESTORE, ACCOUNT_BACK -> LATER.KIND.in("enabled", "disabled");
    };
  }
}
