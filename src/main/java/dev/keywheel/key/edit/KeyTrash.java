package dev.keywheel.key.edit;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyFilterLookup;
import dev.keywheel.key.search.KeyPage.Slice;
import dev.keywheel.key.search.KeyPageQuery;
import dev.keywheel.key.search.KeySort;
import dev.keywheel.key.search.KeyTextSearch;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.time.StorableTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Records;
import org.jspecify.annotations.Nullable;

/** The deleted keys of a workspace as a page lists them, newest deletion first. */
public final class KeyTrash {
  /** How long a deleted key can be restored. Afterwards the key is purged: its row is deleted. */
  public static final Duration KEPT_FOR = Duration.ofDays(7);

  private static final KeySort.Order<Instant> BY_DELETION =
      new KeySort.Order<>(API_KEYS.DELETED_AT, StorableTime::parse);

  private final Database database;

  public KeyTrash(Database database) {
    this.database = database;
  }

  /**
   * Selects deleted keys.
   *
   * @param text as in {@link KeyFilter}; empty for all keys
   * @param asOf keys deleted after this time are excluded
   */
  public record TrashFilter(String text, Instant asOf) {}

  /**
   * A part of the trash.
   *
   * @param matching the number of all matching keys; {@link KeyPageQuery#NOT_COUNTED} if it is not
   *     known
   * @param partial whether the part ends because {@link KeyPageQuery#MAX_SEARCHED} keys were
   *     searched and more keys remain
   * @param before cursor of the previous part; null at the beginning
   * @param after cursor of the next part; null at the end
   */
  public record Part(
      List<TrashedKey> keys,
      int matching,
      boolean partial,
      @Nullable String before,
      @Nullable String after) {}

  /** Reads up to {@code size} deleted keys; the first ones if the cursor is empty or invalid. */
  public Part part(UUID workspace, TrashFilter which, String cursor, boolean backwards, int size) {
    return database.read(dsl -> part(dsl, workspace, which, cursor, backwards, size));
  }

  static Part part(
      DSLContext dsl,
      UUID workspace,
      TrashFilter which,
      String cursor,
      boolean backwards,
      int size) {
    var slice = new Slice(OptionalInt.empty(), cursor, backwards, size);
    var part = query(dsl, workspace, which).part(dsl, slice, true);
    return new Part(
        part.rows().stream()
            .map(row -> new TrashedKey(KeyRepository.key(row), row.get(part.sortValue())))
            .toList(),
        part.matching(),
        part.partial(),
        part.before(),
        part.after());
  }

  private static KeyPageQuery<Instant> query(DSLContext dsl, UUID workspace, TrashFilter which) {
    Condition all = where(workspace, new TrashFilter("", which.asOf()));
    if (which.text().isBlank()) {
      return new KeyPageQuery<>(all, BY_DELETION);
    }
    Condition matching = where(workspace, which);
    // If the text also names a reason or a status, no index finds all matching keys: the indexes on
    // these columns contain no deleted keys.
    var text =
        KeyTextSearch.candidates(dsl, which.text().strip(), all).filter(any -> any.size() == 1);
    return KeyFilterLookup.of(dsl, matching, text.stream().map(KeyFilterLookup.Part::new).toList())
        .keys()
        .map(
            few ->
                new KeyPageQuery<>(
                    all.and(API_KEYS.ID.eq(any(few.toArray(UUID[]::new)))), BY_DELETION))
        .orElseGet(() -> new KeyPageQuery<>(all, BY_DELETION).searching(matching));
  }

  static Condition where(UUID workspace, TrashFilter which) {
    Condition there = API_KEYS.WORKSPACE_ID.eq(workspace).and(API_KEYS.DELETED_AT.le(which.asOf()));
    return which.text().isBlank() ? there : there.and(KeyTextSearch.contains(which.text().strip()));
  }

  /** Purges up to {@code limit} keys of one workspace that were deleted before the given time. */
  static int purge(Tx tx, Instant before, int limit) {
    return tx.dsl()
        .select(API_KEYS.WORKSPACE_ID)
        .from(API_KEYS)
        .where(API_KEYS.DELETED_AT.lt(before))
        .limit(1)
        .fetchOptional(API_KEYS.WORKSPACE_ID)
        .map(workspace -> purge(tx, workspace, before, limit))
        .orElse(0);
  }

  private static int purge(Tx tx, UUID workspace, Instant before, int limit) {
    PoolRepository.lockAll(tx, workspace);
    List<PoolId> purged =
        tx.dsl()
            .deleteFrom(API_KEYS)
            .where(
                API_KEYS.ID.eq(
                    any(
                        array(
                            select(API_KEYS.ID)
                                .from(API_KEYS)
                                .where(API_KEYS.WORKSPACE_ID.eq(workspace))
                                .and(API_KEYS.DELETED_AT.lt(before))
                                .limit(limit)))))
            .returningResult(API_KEYS.WORKSPACE_ID, API_KEYS.PROVIDER)
            .fetch(Records.mapping(PoolId::new));
    purged.stream().distinct().forEach(pool -> PoolRepository.raiseVersion(tx, pool));
    return purged.size();
  }
}
