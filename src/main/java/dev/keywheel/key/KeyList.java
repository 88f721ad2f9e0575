package dev.keywheel.key;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.lower;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Records;
import org.jooq.SelectConditionStep;
import org.jooq.SelectField;
import org.jooq.impl.DSL;

/** The keys of a workspace as pages list them: filtered, sorted, in parts. */
public final class KeyList {
  private final Database database;

  public KeyList(Database database) {
    this.database = database;
  }

  /**
   * The rows after the cursor, or before it. An empty or odd cursor means the beginning.
   *
   * @param size how many rows at most
   */
  public KeyPage page(
      UUID workspace,
      KeyFilter filter,
      KeyOrder order,
      String cursor,
      boolean backwards,
      int size) {
    return database.read(
        dsl -> page(dsl, workspace, filter, order, order.by().order(), cursor, backwards, size));
  }

  public int count(UUID workspace, KeyFilter filter) {
    return database.read(dsl -> dsl.fetchCount(API_KEYS, where(workspace, filter)));
  }

  /** The ids of all keys that match, in the order of adding. */
  public List<UUID> ids(UUID workspace, KeyFilter filter) {
    return database.read(
        dsl ->
            dsl.select(API_KEYS.ID)
                .from(API_KEYS)
                .where(where(workspace, filter))
                .orderBy(API_KEYS.ADDED_SEQ)
                .fetch(API_KEYS.ID));
  }

  /** How many keys of each status match when the filter's status is left aside. */
  public PoolCounts counts(UUID workspace, KeyFilter filter) {
    var any = new KeyFilter("", null, filter.provider(), null, null);
    return database.read(
        dsl -> {
          var by =
              dsl.select(API_KEYS.STATUS, DSL.count())
                  .from(API_KEYS)
                  .where(where(workspace, any))
                  .groupBy(API_KEYS.STATUS)
                  .fetchMap(API_KEYS.STATUS, DSL.count());
          return new PoolCounts(
              by.getOrDefault(KeyStatus.ACTIVE.word(), 0),
              by.getOrDefault(KeyStatus.RATE_LIMITED.word(), 0),
              by.getOrDefault(KeyStatus.FAILED.word(), 0),
              by.getOrDefault(KeyStatus.DISABLED.word(), 0));
        });
  }

  /** When the first limited key is to be checked again; empty when none is limited. */
  public Optional<Instant> firstBack(UUID workspace, KeyFilter filter) {
    var limited = new KeyFilter("", KeyStatus.RATE_LIMITED, filter.provider(), null, null);
    return database.read(
        dsl ->
            dsl.select(min(API_KEYS.UNTIL))
                .from(API_KEYS)
                .where(where(workspace, limited))
                .fetchOptional(row -> row.value1()));
  }

  /** The keys behind a result of a batch; empty when the workspace has no such batch. */
  public Optional<TestedKeys> tested(UUID workspace, KeyFilter.Tested tested) {
    var unchanged = API_KEYS.DELETED_AT.isNull().and(tested.as().stillSo());
    return database.read(
        dsl ->
            dsl.select(
                    RECOVERIES.STARTED_AT,
                    DSL.count(API_KEYS.ID),
                    DSL.count(API_KEYS.ID).filterWhere(not(unchanged)))
                .from(RECOVERIES)
                .leftJoin(KEY_TESTS)
                .on(KEY_TESTS.RECOVERY_ID.eq(RECOVERIES.ID), tested.as().rows())
                .leftJoin(API_KEYS)
                .on(API_KEYS.ID.eq(KEY_TESTS.KEY_ID))
                .where(RECOVERIES.ID.eq(tested.batch()), RECOVERIES.WORKSPACE_ID.eq(workspace))
                .groupBy(RECOVERIES.STARTED_AT)
                .fetchOptional(Records.mapping(TestedKeys::new)));
  }

  /** The tags in use, most used first, at most 50. */
  public List<String> tags(UUID workspace) {
    Field<String> tag = field(name("tag"), String.class);
    return database.read(
        dsl ->
            dsl.select(tag)
                .from(API_KEYS)
                .crossJoin(table("unnest({0})", API_KEYS.TAGS).as("tags", "tag"))
                .where(where(workspace, KeyFilter.ALL))
                .groupBy(tag)
                .orderBy(DSL.count().desc(), tag)
                .limit(50)
                .fetch(row -> row.value1()));
  }

  /** The rows in the trash, newest deletion first. */
  public List<TrashedKey> trash(UUID workspace, int limit) {
    return database.read(
        dsl ->
            dsl.select(KeyRows.COLUMNS)
                .select(API_KEYS.DELETED_AT, API_KEYS.DELETED_BY)
                .from(API_KEYS)
                .where(API_KEYS.WORKSPACE_ID.eq(workspace))
                .and(API_KEYS.DELETED_AT.isNotNull())
                .orderBy(API_KEYS.DELETED_AT.desc(), API_KEYS.ID)
                .limit(limit)
                .fetch(row -> new TrashedKey(KeyRows.key(row), row.get(API_KEYS.DELETED_AT))));
  }

  public int trashed(UUID workspace) {
    return database.read(
        dsl ->
            dsl.fetchCount(
                API_KEYS,
                API_KEYS.WORKSPACE_ID.eq(workspace).and(API_KEYS.DELETED_AT.isNotNull())));
  }

  static Condition where(UUID workspace, KeyFilter filter) {
    var all = new ArrayList<Condition>();
    all.add(API_KEYS.WORKSPACE_ID.eq(workspace));
    all.add(API_KEYS.DELETED_AT.isNull());
    if (filter.status() != null) {
      all.add(API_KEYS.STATUS.eq(filter.status().word()));
    }
    if (filter.provider() != null) {
      all.add(API_KEYS.PROVIDER.eq(filter.provider()));
    }
    if (filter.account() != null) {
      all.add(API_KEYS.ACCOUNT.eq(filter.account()));
    }
    if (filter.tag() != null) {
      all.add(val(filter.tag()).eq(any(API_KEYS.TAGS)));
    }
    if (filter.tested() != null) {
      all.add(exists(testsOf(filter.tested())));
    }
    if (!filter.text().isBlank()) {
      all.add(contains(filter.text().strip()));
    }
    return DSL.and(all);
  }

  private static SelectConditionStep<?> testsOf(KeyFilter.Tested tested) {
    return selectOne()
        .from(KEY_TESTS)
        .where(
            KEY_TESTS.KEY_ID.eq(API_KEYS.ID),
            KEY_TESTS.RECOVERY_ID.eq(tested.batch()),
            tested.as().rows());
  }

  private static Condition contains(String text) {
    String wanted = text.toLowerCase(Locale.ROOT);
    Condition plain =
        lower(API_KEYS.NAME)
            .contains(wanted)
            .or(lower(API_KEYS.LAST_FOUR).contains(wanted))
            .or(lower(API_KEYS.ACCOUNT).contains(wanted));
    List<String> reasons = KeyReason.matching(text);
    return reasons.isEmpty() ? plain : plain.or(API_KEYS.REASON.in(reasons));
  }

  private static <T> KeyPage page(
      DSLContext dsl,
      UUID workspace,
      KeyFilter filter,
      KeyOrder order,
      KeySort.Order<T> by,
      String text,
      boolean wantsBefore,
      int size) {
    Optional<KeyCursor> cursor = KeyCursor.of(text);
    boolean backwards = wantsBefore && cursor.isPresent();
    boolean down = order.down() != backwards;
    Field<T> value = by.by().as("sort_value");
    List<SelectField<?>> columns = new ArrayList<>(KeyRows.COLUMNS);
    columns.add(value);
    var rows =
        dsl.select(columns)
            .from(API_KEYS)
            .where(where(workspace, filter))
            .and(cursor.map(at -> beyond(by, at, down)).orElse(DSL.noCondition()))
            .orderBy(
                down ? by.by().desc() : by.by().asc(),
                down ? API_KEYS.ID.desc() : API_KEYS.ID.asc())
            .limit(size + 1)
            .fetch();
    boolean more = rows.size() > size;
    List<Record> shown = new ArrayList<>(rows.subList(0, Math.min(size, rows.size())));
    if (backwards) {
      Collections.reverse(shown);
    }
    int matching = dsl.fetchCount(API_KEYS, where(workspace, filter));
    boolean before = backwards ? more : cursor.isPresent() && !shown.isEmpty();
    boolean after = backwards || more;
    return new KeyPage(
        shown.stream().map(KeyRows::key).toList(),
        matching,
        before ? cursor(shown.getFirst(), value) : null,
        after ? cursor(shown.getLast(), value) : null);
  }

  /** A cursor that belongs to another sort means the beginning. */
  private static <T> Condition beyond(KeySort.Order<T> by, KeyCursor cursor, boolean down) {
    try {
      T at = by.parse().apply(cursor.value());
      var here = DSL.row(by.by(), API_KEYS.ID);
      return down
          ? here.lt(val(at, by.by()), val(cursor.id()))
          : here.gt(val(at, by.by()), val(cursor.id()));
    } catch (RuntimeException e) {
      return DSL.noCondition();
    }
  }

  private static String cursor(Record row, Field<?> value) {
    return new KeyCursor(String.valueOf(row.get(value)), row.get(API_KEYS.ID)).text();
  }
}
