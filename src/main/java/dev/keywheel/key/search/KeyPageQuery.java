package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.unnest;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.keywheel.key.pool.KeyRepository;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.SelectLimitStep;
import org.jooq.SortField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * One page of a sorted list. Only id and sort value of the matching rows are sorted, and only the
 * rows that are shown are read whole: sorting whole rows takes three times as long. The database
 * reads an index in its order where the sort has one; the others sort some of the keys, those
 * assigned last ({@link #sorted}). Where the number of matching rows is not known, it is counted up
 * to {@link #MOST_COUNTED}: a filter that half of a million keys match costs no more than one that
 * two thousand match.
 */
public final class KeyPageQuery<T> {
  /** A larger count is {@code MOST_COUNTED + 1}. */
  public static final int MOST_COUNTED = 2_000;

  /** How many keys are sorted in an order that has no index. */
  public static final int MOST_SORTED = 10_000;

  /** How many are sorted of a status that more than {@link #MOST_SORTED} have. */
  static final int MOST_SORTED_OF_STATUS = 2_000;

  /** In place of a number of matching keys that is not known: as many are sorted as of few. */
  static final int NOT_COUNTED = 0;

  private static final String MATCHING = "matching";
  private static final String PAGE = "page";
  private static final String CANDIDATES = "candidates";
  private static final String COUNTED = "counted";
  private static final String VALUE = "sort_value";

  private final Condition where;
  private final KeySort.Order<T> by;
  private final boolean indexed;
  private final @Nullable Window window;

  /** In an order that has an index. */
  public KeyPageQuery(Condition where, KeySort.Order<T> by) {
    this(where, by, true);
  }

  /**
   * The keys that the list begins with, of which some match.
   *
   * @param some keys, of which those that meet {@code where} match
   */
  private record Window(
      Condition where, List<UUID> some, Function<Field<UUID>, Select<Record1<Integer>>> matches) {}

  KeyPageQuery(Condition where, KeySort.Order<T> by, boolean indexed) {
    this(where, by, indexed, null);
  }

  private KeyPageQuery(
      Condition where, KeySort.Order<T> by, boolean indexed, @Nullable Window window) {
    this.where = where;
    this.by = by;
    this.indexed = indexed;
    this.window = window;
  }

  /** How many of the matching keys are sorted in an order that has no index. */
  public static int sorted(KeyFilter filter, int matching) {
    return filter.status() != null && matching > MOST_SORTED ? MOST_SORTED_OF_STATUS : MOST_SORTED;
  }

  /**
   * This query for a frequent condition: the page is searched in the first {@link #MOST_SORTED}
   * keys in the order of the list, before all matching keys are sorted, and the matching ones are
   * counted among those of which it is known.
   *
   * @param wider the condition without the frequent one
   * @param some more than {@link #MOST_COUNTED} keys that have the frequent one
   * @param matches a query with a row for a key that has the frequent one
   */
  KeyPageQuery<T> firstIn(
      Condition wider, List<UUID> some, Function<Field<UUID>, Select<Record1<Integer>>> matches) {
    return new KeyPageQuery<>(where, by, indexed, new Window(wider, some, matches));
  }

  /** Rows as they were read, each with the value it is sorted by. */
  public record Part<T>(
      List<Record> rows,
      int matching,
      Field<T> sortValue,
      @Nullable String before,
      @Nullable String after) {}

  /**
   * @param known the number of matching rows, when the caller has it
   */
  KeyPage read(
      DSLContext dsl,
      OptionalInt known,
      boolean wantsDown,
      Optional<KeyCursor> cursor,
      boolean wantsBefore,
      int size) {
    Part<T> part = part(dsl, known, wantsDown, cursor, wantsBefore, size);
    return new KeyPage(
        part.rows.stream().map(KeyRepository::key).toList(),
        part.matching,
        part.before,
        part.after);
  }

  /** As {@link #read}, with the sort values. */
  public Part<T> part(
      DSLContext dsl,
      OptionalInt known,
      boolean wantsDown,
      Optional<KeyCursor> cursor,
      boolean wantsBefore,
      int size) {
    boolean backwards = wantsBefore && cursor.isPresent();
    boolean down = wantsDown != backwards;
    var rows = rows(dsl, known, cursor, down, size);
    boolean more = rows.size() > size;
    List<Record> shown = new ArrayList<>(rows.subList(0, Math.min(size, rows.size())));
    int matching =
        known.orElseGet(
            () ->
                rows.isEmpty() && cursor.isPresent()
                    ? dsl.select(count()).fetchSingle().value1()
                    : rows.stream().findFirst().map(row -> row.get(MATCHING, int.class)).orElse(0));
    if (backwards) {
      Collections.reverse(shown);
    }
    boolean before = backwards ? more : cursor.isPresent() && !shown.isEmpty();
    boolean after = backwards || more;
    return new Part<>(
        List.copyOf(shown),
        matching,
        value(PAGE),
        before ? cursor(shown.getFirst()) : null,
        after ? cursor(shown.getLast()) : null);
  }

  private List<Record> rows(
      DSLContext dsl, OptionalInt known, Optional<KeyCursor> cursor, boolean down, int size) {
    var first =
        window == null || !indexed
            ? List.<Record>of()
            : rows(dsl, inWindow(window, cursor, down), known, cursor, down, size);
    var all = indexed ? ofAll(where, cursor, down) : ofAssignedLast(cursor, down);
    return first.size() > size ? first : rows(dsl, all, known, cursor, down, size);
  }

  private List<Record> rows(
      DSLContext dsl,
      SelectLimitStep<?> in,
      OptionalInt known,
      Optional<KeyCursor> cursor,
      boolean down,
      int size) {
    var page = in.limit(size + 1).asTable(PAGE);
    Field<T> shown = value(PAGE);
    Field<UUID> id = field(name(PAGE, "id"), API_KEYS.ID.getDataType());
    Field<Integer> onPage = DSL.count().over();
    // A first page that is not full needs no further count; the database then makes none.
    Field<Integer> counted =
        cursor.isPresent() ? count() : when(onPage.gt(size), count()).otherwise(onPage);
    Field<Integer> matching = known.isPresent() ? inline(known.getAsInt()) : counted;
    return List.copyOf(
        dsl.select(KeyRepository.COLUMNS)
            .select(shown, matching.as(MATCHING))
            .from(page)
            .join(API_KEYS)
            .on(API_KEYS.ID.eq(id))
            .orderBy(order(shown, down), order(id, down))
            .fetch());
  }

  /** A scalar query for each key: the planner would read all that match instead. */
  private SelectLimitStep<?> inWindow(Window of, Optional<KeyCursor> cursor, boolean down) {
    var candidates = ofAll(of.where, cursor, down).limit(MOST_SORTED).asTable(CANDIDATES);
    Field<T> value = value(CANDIDATES);
    Field<UUID> id = field(name(CANDIDATES, "id"), API_KEYS.ID.getDataType());
    return select(id, value)
        .from(candidates)
        .where(field(of.matches.apply(id)).eq(inline(1)))
        .orderBy(order(value, down), order(id, down));
  }

  private SelectLimitStep<?> ofAll(Condition which, Optional<KeyCursor> cursor, boolean down) {
    Field<T> value = by.by();
    return select(API_KEYS.ID, value.as(VALUE))
        .from(API_KEYS)
        .where(which)
        .and(beyond(cursor, value, API_KEYS.ID, down))
        .orderBy(order(value, down), order(API_KEYS.ID, down));
  }

  private SelectLimitStep<?> ofAssignedLast(Optional<KeyCursor> cursor, boolean down) {
    var candidates =
        select(API_KEYS.ID, by.by().as(VALUE))
            .from(API_KEYS)
            .where(where)
            .orderBy(KeySort.TURN.order().by().desc(), API_KEYS.ID.desc())
            .limit(MOST_SORTED)
            .asTable(CANDIDATES);
    Field<T> value = value(CANDIDATES);
    Field<UUID> id = field(name(CANDIDATES, "id"), API_KEYS.ID.getDataType());
    return select(id, value)
        .from(candidates)
        .where(beyond(cursor, value, id, down))
        .orderBy(order(value, down), order(id, down));
  }

  private Field<Integer> count() {
    var all = countedTo(selectOne().from(API_KEYS).where(where));
    if (window == null) {
      return all;
    }
    int many = MOST_COUNTED + 1;
    return when(ofSome(window).eq(many), inline(many)).otherwise(all);
  }

  /** A scalar query for each key, as {@link #inWindow}. */
  private static Field<Integer> ofSome(Window of) {
    Field<UUID> id = field(name("some", "id"), API_KEYS.ID.getDataType());
    var matches = selectOne().from(API_KEYS).where(API_KEYS.ID.eq(id)).and(of.where);
    return countedTo(
        selectOne()
            .from(unnest(val(of.some.toArray(UUID[]::new))).as("some", "id"))
            .where(field(matches).eq(inline(1))));
  }

  private static Field<Integer> countedTo(SelectLimitStep<Record1<Integer>> rows) {
    return field(selectCount().from(rows.limit(MOST_COUNTED + 1).asTable(COUNTED)));
  }

  /** A cursor that belongs to another sort means the beginning. */
  private Condition beyond(
      Optional<KeyCursor> cursor, Field<T> value, Field<UUID> id, boolean down) {
    if (cursor.isEmpty()) {
      return DSL.noCondition();
    }
    try {
      T at = by.parse().apply(cursor.get().value());
      var here = DSL.row(value, id);
      var there = DSL.row(val(at, by.by()), val(cursor.get().id()));
      return down ? here.lt(there) : here.gt(there);
    } catch (RuntimeException e) {
      return DSL.noCondition();
    }
  }

  private String cursor(Record row) {
    return new KeyCursor(String.valueOf(row.get(value(PAGE))), row.get(API_KEYS.ID)).text();
  }

  private Field<T> value(String table) {
    return field(name(table, VALUE), by.by().getDataType());
  }

  private static <V> SortField<V> order(Field<V> field, boolean down) {
    return down ? field.desc() : field.asc();
  }
}
