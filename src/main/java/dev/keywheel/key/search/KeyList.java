package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.jooq.impl.DSL.any;
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
import dev.keywheel.key.state.PoolState;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.run.RunQueue;
import dev.keywheel.usage.UsageQueries;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record1;
import org.jooq.Records;
import org.jooq.Select;
import org.jooq.impl.DSL;

/** The keys of a workspace as pages list them: filtered, sorted, in parts. */
public final class KeyList {
  private static final int TAGGED = 2_000;

  /** Up to this many keys with a test result are looked up before the list is read. */
  private static final int FEW = 5_000;

  private final Database database;

  public KeyList(Database database) {
    this.database = database;
  }

  public SavedViews views() {
    return new SavedViews(database);
  }

  /** The pools of the workspace that ever had a key. */
  public List<PoolState> pools(UUID workspace) {
    return database.read(dsl -> PoolRepository.states(dsl, workspace));
  }

  /** All keys of the workspace, counted in one pass. */
  public KeyCounts census(UUID workspace) {
    return database.read(dsl -> KeyCounts.of(dsl, workspace));
  }

  /**
   * The rows after the cursor, or before it. An empty or invalid cursor starts at the beginning.
   *
   * @param known the number of matching keys, when the caller has it; otherwise it is counted
   * @param size how many rows at most
   */
  public KeyPage page(
      UUID workspace,
      KeyFilter filter,
      OptionalInt known,
      KeyOrder order,
      String cursor,
      boolean backwards,
      int size) {
    return database.read(
        dsl -> page(dsl, workspace, filter, known, order, cursor, backwards, size));
  }

  static KeyPage page(
      DSLContext dsl,
      UUID workspace,
      KeyFilter filter,
      OptionalInt known,
      KeyOrder order,
      String cursor,
      boolean backwards,
      int size) {
    return query(dsl, workspace, filter, known, order.by())
        .read(dsl, known, order.down(), KeyCursor.of(cursor), backwards, size);
  }

  /**
   * Selected keys that still exist.
   *
   * @param done for those that do not, who deleted them
   */
  public record Chosen(List<UUID> ids, BulkResult done) {}

  public Chosen chosen(Principal who, Selection.Ids selection) {
    return database.inTx(
        tx -> {
          Condition which = SelectionQuery.of(tx, who, selection);
          List<UUID> ids =
              tx.dsl()
                  .select(API_KEYS.ID)
                  .from(API_KEYS)
                  .where(which)
                  .orderBy(API_KEYS.ADDED_SEQ)
                  .fetch(API_KEYS.ID);
          return new Chosen(ids, SelectionQuery.done(tx, who, selection, ids.size(), 0, null));
        });
  }

  /**
   * Calls by UTC day over the last 7 days, oldest first, of each of these keys of the workspace.
   */
  public Map<UUID, List<Long>> callsOfLastWeek(Collection<UUID> keys, Instant now) {
    return new UsageQueries(database).lastWeek(keys, now);
  }

  /** The number of selected keys that still exist. */
  public int count(UUID workspace, Selection selection) {
    return database.read(dsl -> dsl.fetchCount(API_KEYS, SelectionQuery.now(workspace, selection)));
  }

  /**
   * The few keys with a rare result are looked up first: the planner would go through all keys in
   * the order of the list to find them. Where the result is frequent it would read all keys that
   * have it, to sort them.
   */
  private static KeyPageQuery<?> query(
      DSLContext dsl, UUID workspace, KeyFilter filter, OptionalInt known, KeySort by) {
    Condition untested =
        where(workspace, filter.with(null), text -> KeyTextSearch.contains(dsl, text));
    KeyFilter.Tested tested = filter.tested();
    if (tested == null) {
      int sorted = KeyPageQuery.sorted(filter, known.orElse(KeyPageQuery.NOT_COUNTED));
      boolean some = !by.indexed() && sorted < KeyPageQuery.MOST_SORTED;
      return some
          ? new KeyPageQuery<>(assignedLast(untested), by.order())
          : new KeyPageQuery<>(untested, by.order(), by.indexed());
    }
    List<UUID> found =
        dsl.select(KEY_TESTS.KEY_ID)
            .from(KEY_TESTS)
            .where(KEY_TESTS.RECOVERY_ID.eq(tested.batch()), tested.as().rows())
            .orderBy(KEY_TESTS.KEY_ID) // as the indexes have them: no other is read
            .limit(FEW + 1)
            .fetch(KEY_TESTS.KEY_ID);
    if (found.size() <= FEW) {
      var few = untested.and(API_KEYS.ID.eq(any(found.toArray(UUID[]::new))));
      return new KeyPageQuery<>(few, by.order(), by.indexed());
    }
    Condition frequent = untested.and(exists(testsOf(tested, API_KEYS.ID)));
    return new KeyPageQuery<>(frequent, by.order(), by.indexed())
        .firstIn(untested, found, id -> testsOf(tested, id));
  }

  /** The index of statuses has all that finds them: their rows are far apart in the table. */
  private static Condition assignedLast(Condition ofStatus) {
    return API_KEYS.ID.in(
        select(API_KEYS.ID)
            .from(API_KEYS)
            .where(ofStatus)
            .orderBy(KeySort.TURN.order().by().desc(), API_KEYS.ID.desc())
            .limit(KeyPageQuery.MOST_SORTED_OF_STATUS));
  }

  /**
   * The keys with one result in a batch, of which the first {@link KeyPageQuery#MOST_COUNTED} are
   * looked at; empty when the workspace has no such batch.
   */
  public Optional<TestResultSummary> tested(UUID workspace, KeyFilter.Tested tested) {
    var unchanged = API_KEYS.DELETED_AT.isNull().and(tested.as().statusUnchanged());
    var first =
        select(KEY_TESTS.RECOVERY_ID, KEY_TESTS.KEY_ID, KEY_TESTS.FROM_STATUS)
            .from(KEY_TESTS)
            .where(KEY_TESTS.RECOVERY_ID.eq(tested.batch()), tested.as().rows())
            .orderBy(KEY_TESTS.KEY_ID)
            .limit(KeyPageQuery.MOST_COUNTED)
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

  /** The tags of the newest 2,000 keys that have one, most used first, at most 50. */
  public List<String> tags(UUID workspace) {
    Field<String> tag = field(name("tag"), String.class);
    var newest =
        select(API_KEYS.TAGS)
            .from(API_KEYS)
            .where(where(workspace, KeyFilter.ALL))
            .and(condition("{0} <> '{}'", API_KEYS.TAGS))
            .orderBy(API_KEYS.ADDED_SEQ.desc())
            .limit(TAGGED)
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

  /** Unfinished runs with some of these keys in their plan. */
  public RunQueue.RunsInFlight inFlight(UUID workspace, Selection selection) {
    var chosen = select(API_KEYS.ID).from(API_KEYS).where(SelectionQuery.now(workspace, selection));
    return database.read(dsl -> RunQueue.inFlight(dsl, workspace, chosen));
  }

  static Condition where(UUID workspace, KeyFilter filter) {
    return where(workspace, filter, KeyTextSearch::contains);
  }

  private static Condition where(
      UUID workspace, KeyFilter filter, Function<String, Condition> contains) {
    var all = new ArrayList<Condition>();
    all.add(API_KEYS.WORKSPACE_ID.eq(workspace));
    all.add(API_KEYS.DELETED_AT.isNull());
    if (filter.status() != null) {
      all.add(API_KEYS.STATUS.eq(filter.status().code()));
    }
    if (filter.provider() != null) {
      all.add(API_KEYS.PROVIDER.eq(filter.provider()));
    }
    if (filter.account() != null) {
      all.add(API_KEYS.ACCOUNT.eq(filter.account()));
    }
    if (filter.tag() != null) {
      all.add(condition("{0} @> {1}", API_KEYS.TAGS, literal(filter.tag())));
      all.add(condition("cardinality({0}) > 0", API_KEYS.TAGS)); // as the index has it
    }
    if (filter.tested() != null) {
      all.add(exists(testsOf(filter.tested(), API_KEYS.ID)));
    }
    if (!filter.text().isBlank()) {
      all.add(contains.apply(filter.text().strip()));
    }
    return DSL.and(all);
  }

  private static Select<Record1<Integer>> testsOf(KeyFilter.Tested tested, Field<UUID> key) {
    return selectOne()
        .from(KEY_TESTS)
        .where(KEY_TESTS.KEY_ID.eq(key))
        .and(KEY_TESTS.RECOVERY_ID.eq(tested.batch()))
        .and(tested.as().rows());
  }

  private static Field<String[]> literal(String tag) {
    return inline(new String[] {tag}, API_KEYS.TAGS.getDataType());
  }
}
