package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.BULK_EDITS;
import static dev.keywheel.db.schema.Tables.BULK_EDIT_EXCLUSIONS;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;

import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.BulkEditsRecord;
import dev.keywheel.key.edit.KeyChange.Kind;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;

/**
 * The next keys of a change that is being undone, in the order of their ids.
 *
 * @param readCount the number of keys read
 * @param last the last key read; null when no key is left
 * @param unchanged the keys that were not changed again after the undone change
 */
record UndoneKeys(int readCount, @Nullable UUID last, UUID[] unchanged) {
  static final UndoneKeys NONE = new UndoneKeys(0, null, new UUID[0]);

  /** The maximum number of keys per count; larger than a part, because no pool is locked. */
  private static final int COUNTED_AT_ONCE = 20_000;

  /** An id that is lower than the id of every key. */
  static final UUID BEFORE_ALL = new UUID(0, 0);

  /**
   * Counts the next keys of an undo of this workspace, without locking the pools.
   *
   * @return whether there was an undo whose keys were not all counted
   */
  static boolean countMore(Tx tx, UUID workspace) {
    var uncounted =
        tx.dsl()
            .selectFrom(BULK_EDITS)
            .where(BULK_EDITS.WORKSPACE_ID.eq(workspace), BULK_EDITS.COUNTED.isFalse())
            .and(BULK_EDITS.CANCELLED.isFalse())
            .orderBy(BULK_EDITS.SEQ)
            .limit(1)
            .forUpdate()
            .fetchOptional();
    uncounted.ifPresent(edit -> count(tx.dsl(), edit));
    return uncounted.isPresent();
  }

  private static void count(DSLContext dsl, BulkEditsRecord edit) {
    List<UUID> keys = dsl.fetch(all(edit, COUNTED_AT_ONCE)).map(Record1::value1);
    edit.setTotal(edit.getTotal() + keys.size());
    boolean more = keys.size() == COUNTED_AT_ONCE;
    edit.setAfterKey(more ? keys.getLast() : BEFORE_ALL);
    edit.setCounted(!more);
    edit.update();
  }

  private static Select<Record1<UUID>> all(BulkEditsRecord edit, int limit) {
    return BulkEditQueue.change(edit).kind() == Kind.RESTORE
        ? select(API_KEYS.ID)
            .from(API_KEYS)
            .where(API_KEYS.DELETED_IN.eq(edit.getUndoes()), API_KEYS.ID.gt(edit.getAfterKey()))
            .and(API_KEYS.WORKSPACE_ID.eq(edit.getWorkspaceId()))
            .orderBy(API_KEYS.DELETED_IN, API_KEYS.ID) // the order of the index
            .limit(limit)
        : ChangedKeys.keys(edit.getUndoes(), edit.getAfterKey(), limit);
  }

  /** Reads the next keys of an undo. The caller holds the locks of the pools. */
  static UndoneKeys next(Tx tx, BulkEditsRecord edit, int limit) {
    KeyChange inverse = BulkEditQueue.change(edit);
    if (inverse.kind() == Kind.RESTORE) {
      // A restored key no longer stores the id of the deletion, so all keys read are unchanged.
      UUID[] keys = tx.dsl().fetch(all(edit, limit)).intoArray(0, UUID.class);
      return keys.length == 0 ? NONE : new UndoneKeys(keys.length, keys[keys.length - 1], keys);
    }
    var lines = ChangedKeys.lines(tx.dsl(), edit.getUndoes(), edit.getAfterKey(), limit);
    if (lines.isEmpty()) {
      return NONE;
    }
    Condition which =
        API_KEYS
            .WORKSPACE_ID
            .eq(edit.getWorkspaceId())
            .and(API_KEYS.DELETED_AT.isNull())
            .and(inverse.differs())
            .andNotExists(
                selectOne()
                    .from(BULK_EDIT_EXCLUSIONS)
                    .where(BULK_EDIT_EXCLUSIONS.EDIT_ID.eq(edit.getId()))
                    .and(BULK_EDIT_EXCLUSIONS.KEY_ID.eq(API_KEYS.ID)));
    UUID[] unchanged =
        tx.dsl().fetch(ChangedKeys.unchangedSince(lines, inverse, which)).intoArray(0, UUID.class);
    return new UndoneKeys(lines.size(), lines.getLast().value1(), unchanged);
  }
}
