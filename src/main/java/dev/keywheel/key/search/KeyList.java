package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.table;

import dev.keywheel.db.Database;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.search.KeyPage.Slice;
import dev.keywheel.key.state.PoolState;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.run.OpenRuns;
import dev.keywheel.usage.UsageQueries;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record1;
import org.jooq.Records;
import org.jooq.Select;
import org.jooq.impl.DSL;

/** The keys of a workspace as pages list them: filtered, sorted, in parts. */
public final class KeyList {
  /** The number of newest keys with tags whose tags are read. */
  private static final int MAX_TAGGED = 2_000;

  private final Database database;

  public KeyList(Database database) {
    this.database = database;
  }

  public SavedViews views() {
    return new SavedViews(database);
  }

  /** The pools of the workspace that have a row, with or without keys. */
  public List<PoolState> pools(UUID workspace) {
    return database.read(dsl -> PoolRepository.states(dsl, workspace));
  }

  /** The number of keys of the workspace, from the counters of the pools. */
  public KeyCounts counts(UUID workspace) {
    return database.read(dsl -> KeyCounts.of(dsl, workspace));
  }

  public KeyPage page(UUID workspace, KeyFilter filter, KeyOrder order, Slice slice) {
    return database.read(dsl -> page(dsl, workspace, filter, order, slice));
  }

  static KeyPage page(
      DSLContext dsl, UUID workspace, KeyFilter filter, KeyOrder order, Slice slice) {
    KeySort by = order.by();
    if (filter.equals(new KeyFilter("", filter.status(), filter.provider(), null, null))) {
      return ofStatus(workspace, filter, slice.known(), by).read(dsl, slice, order.down());
    }
    Condition matching = KeyFilterLookup.matching(workspace, filter);
    var candidates =
        KeyFilterLookup.of(dsl, matching, KeyFilterLookup.parts(dsl, workspace, filter));
    KeyPageQuery<?> query =
        candidates.keys().isPresent()
            ? ofFew(workspace, candidates.keys().get(), by)
            : searching(dsl, workspace, filter, matching, by);
    return query.read(dsl, slice.or(candidates.counted()), order.down());
  }

  /**
   * Selected keys that still exist.
   *
   * @param done how many of the selected keys no longer exist, and who deleted them
   */
  public record ExistingKeys(List<UUID> ids, BulkResult done) {}

  /**
   * Finds the selected keys that still exist. Throws {@link dev.keywheel.problem.Rejected} for an
   * empty selection.
   */
  public ExistingKeys existing(Principal who, Selection.Ids selection) {
    return database.inTx(
        tx -> {
          Condition which = SelectionQuery.unlocked(tx, who, selection);
          List<UUID> ids =
              tx.dsl()
                  .select(API_KEYS.ID)
                  .from(API_KEYS)
                  .where(which)
                  .orderBy(API_KEYS.ADDED_SEQ)
                  .fetch(API_KEYS.ID);
          return new ExistingKeys(
              ids, SelectionQuery.result(tx, who, selection, ids.size(), 0, null));
        });
  }

  /**
   * The calls of each of these keys on each UTC day of the last 7 days, oldest first. The caller
   * must have checked that the keys belong to its workspace.
   */
  public Map<UUID, List<Long>> callsOfLastWeek(Collection<UUID> keys, Instant now) {
    return new UsageQueries(database).lastWeek(keys, now);
  }

  /** The number of selected keys that still exist. */
  public int count(UUID workspace, Selection selection) {
    return database.read(dsl -> dsl.fetchCount(API_KEYS, SelectionQuery.now(workspace, selection)));
  }

  private static KeyPageQuery<?> ofStatus(
      UUID workspace, KeyFilter filter, OptionalInt known, KeySort by) {
    int sorted = KeyPageQuery.sorted(filter, known.orElse(KeyPageQuery.NOT_COUNTED));
    boolean few = known.isPresent() && known.getAsInt() <= sorted;
    if (!by.indexed() && !few) {
      return new KeyPageQuery<>(assignedLast(workspace, filter, sorted), by.order());
    }
    return new KeyPageQuery<>(by.order().source().matching(workspace, filter), by.order());
  }

  private static KeyPageQuery<?> ofFew(UUID workspace, List<UUID> few, KeySort by) {
    Condition which =
        API_KEYS.WORKSPACE_ID.eq(workspace).and(API_KEYS.ID.eq(any(few.toArray(UUID[]::new))));
    return new KeyPageQuery<>(which, by.order());
  }

  /**
   * Searches for a condition that no index supports. One index has the keys of each status in the
   * order of names, so in this order only the keys of the status are searched.
   */
  private static KeyPageQuery<?> searching(
      DSLContext dsl, UUID workspace, KeyFilter filter, Condition matching, KeySort by) {
    boolean inIndex = by == KeySort.NAME;
    var in = new KeyFilter("", inIndex ? filter.status() : null, null, null, null);
    boolean truncated =
        !by.indexed()
            && KeyCounts.of(dsl, workspace).counts(null).all() > KeyPageQuery.MAX_SEARCHED;
    Condition all = where(workspace, in);
    Condition searched =
        by.indexed() ? all : assignedLast(workspace, in, KeyPageQuery.MAX_SEARCHED);
    return new KeyPageQuery<>(searched, by.order(), by.indexed())
        .searching(matching, all, inIndex ? by.order() : KeySort.ADDED.order(), truncated);
  }

  /**
   * The keys that were assigned last, found in the index of the rotation alone. Their ids are an
   * array; otherwise the planner would read all keys if these are a large part of them.
   */
  private static Condition assignedLast(UUID workspace, KeyFilter filter, int most) {
    return API_KEYS.ID.eq(
        any(
            array(
                select(ROTATION_ORDER.KEY_ID)
                    .from(ROTATION_ORDER)
                    .where(KeySort.Source.ROTATION.matching(workspace, filter))
                    .orderBy(ROTATION_ORDER.ROTATION_NUMBER.desc(), ROTATION_ORDER.KEY_ID.desc())
                    .limit(most))));
  }

  /**
   * Counts the keys with one result in a batch, and how many of them have changed since; looks at
   * the first {@link KeyPageQuery#MAX_COUNTED} keys. Empty when the workspace has no such batch.
   */
  public Optional<TestResultSummary> tested(UUID workspace, KeyFilter.BatchOutcome tested) {
    var unchanged = API_KEYS.DELETED_AT.isNull().and(tested.outcome().statusUnchanged());
    var first =
        select(KEY_TESTS.RECOVERY_ID, KEY_TESTS.KEY_ID, KEY_TESTS.FROM_STATUS)
            .from(KEY_TESTS)
            .where(KEY_TESTS.RECOVERY_ID.eq(tested.batch()), tested.outcome().rows())
            .orderBy(KEY_TESTS.KEY_ID)
            .limit(KeyPageQuery.MAX_COUNTED)
            .asTable(KEY_TESTS);
    return database.read(
        dsl ->
            dsl.select(
                    RECOVERIES.STARTED_AT,
                    DSL.count(API_KEYS.ID),
                    DSL.count(API_KEYS.ID).filterWhere(not(unchanged)))
                .from(RECOVERIES)
                .leftJoin(first)
                .on(KEY_TESTS.RECOVERY_ID.eq(RECOVERIES.ID))
                .leftJoin(API_KEYS)
                .on(API_KEYS.ID.eq(KEY_TESTS.KEY_ID))
                .where(RECOVERIES.ID.eq(tested.batch()), RECOVERIES.WORKSPACE_ID.eq(workspace))
                .groupBy(RECOVERIES.STARTED_AT)
                .fetchOptional(Records.mapping(TestResultSummary::new)));
  }

  /** The tags of the 2,000 newest keys that have tags: most used first, at most 50. */
  public List<String> tags(UUID workspace) {
    Field<String> tag = field(name("tag"), String.class);
    var newest =
        select(API_KEYS.TAGS)
            .from(API_KEYS)
            .where(where(workspace, KeyFilter.ALL))
            .and(condition("{0} <> '{}'", API_KEYS.TAGS))
            .orderBy(API_KEYS.ADDED_SEQ.desc())
            .limit(MAX_TAGGED)
            .asTable("newest");
    return database.read(
        dsl ->
            dsl.select(tag)
                .from(newest)
                .crossJoin(table("unnest({0})", newest.field(API_KEYS.TAGS)).as("tags", "tag"))
                .groupBy(tag)
                .orderBy(DSL.count().desc(), tag)
                .limit(50)
                .fetch(row -> row.value1()));
  }

  /** Whether a key has one of these tags. */
  public boolean hasAnyTag(UUID workspace, Set<String> tags) {
    Condition tagged = DSL.or(tags.stream().map(KeyList::tagged).toList());
    return database.read(
        dsl -> dsl.fetchExists(API_KEYS, where(workspace, KeyFilter.ALL).and(tagged)));
  }

  /** Counts the unfinished runs that have some of these keys in their plan, and these keys. */
  public OpenRuns.RunsInFlight inFlight(UUID workspace, Selection selection) {
    var chosen = select(API_KEYS.ID).from(API_KEYS).where(SelectionQuery.now(workspace, selection));
    return database.read(dsl -> OpenRuns.inFlight(dsl, workspace, chosen));
  }

  static Condition where(UUID workspace, KeyFilter filter) {
    var all = new ArrayList<Condition>();
    all.add(KeySort.Source.KEYS.matching(workspace, filter));
    if (filter.account() != null) {
      all.add(API_KEYS.ACCOUNT.eq(filter.account()));
    }
    if (filter.tag() != null) {
      all.add(tagged(filter.tag()));
    }
    if (filter.tested() != null) {
      all.add(exists(testsOf(filter.tested(), API_KEYS.ID)));
    }
    if (!filter.text().isBlank()) {
      all.add(KeyTextSearch.contains(filter.text().strip()));
    }
    return DSL.and(all);
  }

  static Select<Record1<Integer>> testsOf(KeyFilter.BatchOutcome tested, Field<UUID> key) {
    return selectOne()
        .from(KEY_TESTS)
        .where(KEY_TESTS.KEY_ID.eq(key))
        .and(KEY_TESTS.RECOVERY_ID.eq(tested.batch()))
        .and(tested.outcome().rows());
  }

  static Condition tagged(String tag) {
    var tags = inline(new String[] {tag}, API_KEYS.TAGS.getDataType());
    return condition("{0} @> {1}", API_KEYS.TAGS, tags)
        .and(condition("cardinality({0}) > 0", API_KEYS.TAGS)); // as in the partial index
  }
}
