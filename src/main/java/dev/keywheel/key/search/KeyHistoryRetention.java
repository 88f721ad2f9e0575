package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.retention.RetentionSettings;
import java.time.Instant;
import java.util.UUID;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/**
 * Removes old changes and tests of keys, key by key, because a key keeps its last ones whatever
 * their age: by age alone every pass would read those again.
 */
public final class KeyHistoryRetention {
  private static final Field<Integer> KEPT_BEFORE_LAST = val(RetentionSettings.KEPT_PER_KEY - 1);

  private KeyHistoryRetention() {}

  public static RemovedRows removeChanges(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    return remove(
        tx,
        workspace,
        cursor,
        limit,
        keys ->
            tx.dsl()
                .execute(
                    """
                    delete from key_changes where id in (
                      select gone.id
                        from unnest({0}::uuid[]) k(id)
                        cross join lateral (
                          select id from key_changes where key_id = k.id
                           order by id desc offset {2} limit 1) last_kept
                        cross join lateral (
                          select id from key_changes
                           where key_id = k.id and id < last_kept.id and at < {1}) gone
                       limit {3})
                    """,
                    val(keys), val(before), KEPT_BEFORE_LAST, val(limit)));
  }

  public static RemovedRows removeTests(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    return remove(
        tx,
        workspace,
        cursor,
        limit,
        keys ->
            tx.dsl()
                .execute(
                    """
                    delete from key_tests where (recovery_id, key_id) in (
                      select gone.recovery_id, gone.key_id
                        from unnest({0}::uuid[]) k(id)
                        cross join lateral (
                          select ended_at from key_tests where key_id = k.id
                           order by ended_at desc offset {2} limit 1) last_kept
                        cross join lateral (
                          select recovery_id, key_id from key_tests
                           where key_id = k.id
                             and ended_at < least(last_kept.ended_at, {1})) gone
                       limit {3})
                    """,
                    val(keys), val(before), KEPT_BEFORE_LAST, val(limit)));
  }

  private interface Deletion {
    int of(UUID[] keys);
  }

  /** When a part was full the same keys may have more: they come again. */
  private static RemovedRows remove(
      Tx tx, UUID workspace, @Nullable String cursor, int limit, Deletion deletion) {
    var keys =
        tx.dsl()
            .select(API_KEYS.ID)
            .from(API_KEYS)
            .where(API_KEYS.WORKSPACE_ID.eq(workspace))
            .and(cursor == null ? noCondition() : API_KEYS.ID.gt(UUID.fromString(cursor)))
            .orderBy(API_KEYS.ID)
            .limit(limit)
            .fetch(API_KEYS.ID)
            .toArray(UUID[]::new);
    int removed = keys.length == 0 ? 0 : deletion.of(keys);
    if (removed == limit) {
      return new RemovedRows(removed, cursor == null ? new UUID(0, 0).toString() : cursor);
    }
    return new RemovedRows(removed, keys.length < limit ? null : keys[limit - 1].toString());
  }
}
