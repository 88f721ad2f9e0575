package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.selectOne;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.people.MemberRepository;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/** Resolves a selection at the time of the change. */
public final class SelectionQuery {
  private SelectionQuery() {}

  /** Matches the keys that are selected now, without a check of their number. */
  public static Condition now(UUID workspace, Selection selection) {
    return switch (selection) {
      case Selection.Ids(var chosen) ->
          KeyList.where(workspace, KeyFilter.ALL).and(API_KEYS.ID.in(chosen));
      case Selection.Matching(var filter, var expected, var asOf) ->
          KeyList.where(workspace, filter).and(API_KEYS.ADDED_AT.le(asOf));
    };
  }

  /**
   * Matches the selected keys. Throws {@link Rejected} for an empty selection, and {@link Conflict}
   * when the number of matching keys has changed since the user saw it. Locks the pools before it
   * counts, so that the number stays the same until the transaction ends.
   */
  public static Condition of(Tx tx, Principal who, Selection selection) {
    PoolRepository.lockAll(tx, who.workspaceId());
    return unlocked(tx, who, selection);
  }

  /**
   * Like {@link #of}, but without the locks: for many keys, because counting them takes seconds.
   */
  public static Condition unlocked(Tx tx, Principal who, Selection selection) {
    return switch (selection) {
      case Selection.Ids(var chosen) -> {
        if (chosen.isEmpty()) {
          throw new Rejected("Select at least one key.");
        }
        yield now(who.workspaceId(), selection);
      }
      case Selection.Matching matching -> {
        Condition which = now(who.workspaceId(), selection);
        if (!isExpected(tx, which, matching)) {
          int now = tx.dsl().fetchCount(API_KEYS, which);
          throw new Conflict(
              "Changed since you selected the keys",
              String.format(
                  Locale.ROOT,
                  "%,d keys match now; %s matched when you selected them. Nothing was changed; review and try"
                      + " again.",
                  now,
                  listed(matching.expected())));
        }
        yield which;
      }
    };
  }

  /** The number as the list showed it: {@code 2,000+} if counting stopped there. */
  private static String listed(int count) {
    return count == KeyPageQuery.MAX_COUNTED + 1
        ? String.format(Locale.ROOT, "%,d+", KeyPageQuery.MAX_COUNTED)
        : String.format(Locale.ROOT, "%,d", count);
  }

  /** Whether the number of keys is as expected. Counts at most one key more than expected. */
  private static boolean isExpected(Tx tx, Condition which, Selection.Matching matching) {
    var rows = selectOne().from(API_KEYS).where(which).limit(matching.expected() + 1L);
    return matching.isExpected(tx.dsl().fetchCount(rows));
  }

  /**
   * The result of a change of the selection, with the users who deleted missing keys.
   *
   * @param deletion the id of this change, so that keys it has just deleted are left out; null
   *     without an id
   */
  public static BulkResult result(
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
    var users =
        tx.dsl()
            .selectDistinct(API_KEYS.DELETED_BY)
            .from(API_KEYS)
            .where(API_KEYS.ID.in(chosen), API_KEYS.WORKSPACE_ID.eq(who.workspaceId()))
            .and(API_KEYS.DELETED_AT.isNotNull())
            .and(API_KEYS.DELETED_IN.isDistinctFrom(deletion))
            .fetch(API_KEYS.DELETED_BY);
    return MemberRepository.emails(tx.dsl(), users);
  }
}
