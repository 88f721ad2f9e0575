package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.USERS;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/** What a selection means in the table at the moment of the change. */
public final class SelectionQuery {
  private SelectionQuery() {}

  /** The rows meant, however many they are by now. */
  static Condition now(UUID workspace, Selection selection) {
    return switch (selection) {
      case Selection.Ids(var chosen) ->
          KeyList.where(workspace, KeyFilter.ALL).and(API_KEYS.ID.in(chosen));
      case Selection.Matching(var filter, var expected, var asOf) ->
          KeyList.where(workspace, filter).and(API_KEYS.ADDED_AT.le(asOf));
    };
  }

  /**
   * The rows meant; for "all that match" only when they are as many as the person was told. Locks
   * the pools before it counts: until the transaction ends the rows stay as many.
   */
  public static Condition of(Tx tx, Principal who, Selection selection) {
    PoolRepository.lockAll(tx, who.workspaceId());
    return switch (selection) {
      case Selection.Ids(var chosen) -> {
        if (chosen.isEmpty()) {
          throw new Rejected("Select at least one key.");
        }
        yield now(who.workspaceId(), selection);
      }
      case Selection.Matching(var filter, var expected, var asOf) -> {
        Condition which = now(who.workspaceId(), selection);
        int now = tx.dsl().fetchCount(API_KEYS, which);
        if (now != expected) {
          throw new Conflict(
              "Changed since you selected",
              String.format(
                  Locale.ROOT,
                  "%,d keys match now, not %,d as when you selected them. Nothing was changed; review and try"
                      + " again.",
                  now,
                  expected));
        }
        yield which;
      }
    };
  }

  /**
   * What became of the selection; of keys that are gone it says who deleted them.
   *
   * @param deletion the one that is being made; null when none is
   */
  public static BulkResult done(
      Tx tx, Principal who, Selection selection, int changed, int same, @Nullable UUID deletion) {
    return switch (selection) {
      case Selection.Ids(var chosen) -> {
        int gone = Math.max(0, chosen.size() - changed - same);
        yield new BulkResult(
            changed,
            same,
            gone,
            gone == 0 ? List.of() : deletedBy(tx, who, chosen, deletion),
            false);
      }
      case Selection.Matching matching -> new BulkResult(changed, same, 0, List.of(), false);
    };
  }

  private static List<String> deletedBy(
      Tx tx, Principal who, Set<UUID> chosen, @Nullable UUID deletion) {
    return tx.dsl()
        .selectDistinct(USERS.EMAIL)
        .from(API_KEYS)
        .join(USERS)
        .on(USERS.ID.eq(API_KEYS.DELETED_BY))
        .where(API_KEYS.ID.in(chosen), API_KEYS.WORKSPACE_ID.eq(who.workspaceId()))
        .and(API_KEYS.DELETED_AT.isNotNull())
        .and(API_KEYS.DELETED_IN.isDistinctFrom(deletion))
        .orderBy(USERS.EMAIL)
        .fetch(USERS.EMAIL);
  }
}
