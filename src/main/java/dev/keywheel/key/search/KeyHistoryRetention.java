package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.retention.RetentionSettings;
import java.time.Instant;
import java.util.UUID;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/**
 * Removes old changes and tests of keys, one key after another. A key keeps its last rows whatever
 * their age, and a search by age alone would read these rows in every pass.
 */
public final class KeyHistoryRetention {
  private static final Field<Integer> KEPT_BEFORE_LAST = val(RetentionSettings.KEPT_PER_KEY - 1);

  /**
   * A table with rows of keys.
   *
   * @param order the column with the order in which a key's rows were written
   * @param age the column with the time at which a row was written
   */
  private record History(String table, String order, String age) {}

  private static final History CHANGES = new History("key_changes", "id", "at");
  private static final History TESTS = new History("key_tests", "ended_at", "ended_at");

  private KeyHistoryRetention() {}

  public static RemovedRows removeChanges(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    return remove(tx, CHANGES, workspace, before, cursor, limit);
  }

  public static RemovedRows removeTests(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    return remove(tx, TESTS, workspace, before, cursor, limit);
  }

  /**
   * Reads the rows of each key through the index by key, even while the planner assumes that the
   * table is empty and all indexes cost the same. The first query also orders by the key; it
   * compares the key with an array, because the planner drops a column with a single value from the
   * order. The second query has no condition but the key.
   */
  private static int remove(Tx tx, History history, UUID[] keys, Instant before, int limit) {
    return tx.dsl()
        .execute(
            """
            delete from %1$s where ctid = any(array(
              select gone.ctid
                from unnest({0}::uuid[]) k(id)
                cross join lateral (
                  select %2$s from %1$s where key_id = any(array[k.id])
                   order by key_id, %2$s desc offset {2} limit 1) last_kept
                cross join lateral (
                  select ctid
                    from (select ctid, * from %1$s where key_id = k.id offset 0) of_key
                   where %2$s < last_kept.%2$s and %3$s < {1}) gone
               limit {3}))
            """
                .formatted(history.table(), history.order(), history.age()),
            val(keys),
            val(before),
            KEPT_BEFORE_LAST,
            val(limit));
  }

  /**
   * Removes up to {@code limit} rows. If it removes that many, the next batch starts with the same
   * keys, which may have more old rows. Reads the keys in the order in which they were added, for
   * which there is an index of each workspace; the pass restarts when the key of the cursor was
   * purged. Keys in the trash are left out.
   */
  private static RemovedRows remove(
      Tx tx, History history, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    var after =
        cursor == null
            ? inline(0L)
            : field(
                select(coalesce(max(API_KEYS.ADDED_SEQ), inline(0L)))
                    .from(API_KEYS)
                    .where(API_KEYS.ID.eq(UUID.fromString(cursor))));
    var keys =
        tx.dsl()
            .select(API_KEYS.ID)
            .from(API_KEYS)
            .where(API_KEYS.WORKSPACE_ID.eq(workspace), API_KEYS.DELETED_AT.isNull())
            .and(API_KEYS.ADDED_SEQ.gt(after))
            .orderBy(API_KEYS.ADDED_SEQ)
            .limit(limit)
            .fetch(API_KEYS.ID)
            .toArray(UUID[]::new);
    int removed = keys.length == 0 ? 0 : remove(tx, history, keys, before, limit);
    if (removed == limit) {
      return new RemovedRows(removed, cursor == null ? new UUID(0, 0).toString() : cursor);
    }
    return new RemovedRows(removed, keys.length < limit ? null : keys[limit - 1].toString());
  }
}
