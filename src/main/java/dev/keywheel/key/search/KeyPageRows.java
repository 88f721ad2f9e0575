package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.boolOr;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.rowNumber;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.SelectLimitStep;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The candidate rows of a page, which shows the first of them: id, sort value, whether the key
 * matches, and the place of the key in the order of the search.
 *
 * @param where the condition that all rows meet
 * @param search a further condition that no index supports; null to list all rows
 */
record KeyPageRows<T>(
    Condition where, KeySort.Order<T> by, boolean indexed, @Nullable Search search) {
  static final Field<Integer> PLACE = field(name("place"), Integer.class);
  static final Field<Boolean> MATCHES = field(name("matches"), Boolean.class);

  /** The place of the first key of the next part; it does not count as a match in this part. */
  static final int NEXT = KeyPageQuery.MAX_SEARCHED + 1;

  private static final Field<UUID> ID = field(name("id"), API_KEYS.ID.getDataType());
  private static final String CANDIDATES = "candidates";
  private static final String COUNTED = "counted";
  private static final String VALUE = "sort_value";

  /**
   * A condition that no index supports.
   *
   * @param all the keys in which matches are counted
   * @param counted the order in which the first keys are counted
   * @param truncated whether the order has no index and there are more keys than are searched
   */
  record Search(Condition matching, Condition all, KeySort.Order<?> counted, boolean truncated) {}

  SelectLimitStep<?> source(Optional<KeyCursor> cursor, boolean down) {
    if (search != null) {
      return indexed ? searched(search, cursor, down) : sorted(search, cursor, down);
    }
    return ofAll(cursor, down);
  }

  private SelectLimitStep<?> ofAll(Optional<KeyCursor> cursor, boolean down) {
    Field<T> value = by.by();
    return select(
            by.source().id().as(ID), value.as(VALUE), inline(0).as(PLACE), inline(true).as(MATCHES))
        .from(by.source().keys())
        .where(where)
        .and(beyond(cursor, value, by.source().id(), down))
        .orderBy(order(value, down), order(by.source().id(), down));
  }

  /**
   * The keys that match, and the first key of the next part. The keys are numbered in the order of
   * the list, so that the database stops when the page is full.
   */
  private SelectLimitStep<?> searched(Search of, Optional<KeyCursor> cursor, boolean down) {
    var here = beyond(cursor, by.by(), by.source().id(), down);
    Field<T> value = value(API_KEYS.getName());
    var place = rowNumber().over().orderBy(order(value, down), order(API_KEYS.ID, down));
    return of(numbered(of, by, where.and(here), down, place), toShow(), down);
  }

  /** The matching keys among those that are searched. */
  private SelectLimitStep<?> sorted(Search of, Optional<KeyCursor> cursor, boolean down) {
    var keys = withMatches(of.matching, by, where, down, inline(0), KeyPageQuery.MAX_SEARCHED);
    Condition here = beyond(cursor, value(CANDIDATES), ID, down);
    return of(keys, condition(MATCHES).and(here), down);
  }

  /** The matching keys, and the first key of the next part to show that there is a next part. */
  private static Condition toShow() {
    return DSL.or(condition(MATCHES), PLACE.eq(NEXT));
  }

  private SelectLimitStep<?> of(Table<?> candidates, Condition which, boolean down) {
    Field<T> value = value(CANDIDATES);
    return select(ID, value, PLACE, MATCHES)
        .from(candidates)
        .where(which)
        .orderBy(order(value, down), order(ID, down));
  }

  /** The keys to search, and the first key after them. */
  private Table<?> numbered(
      Search of, KeySort.Order<?> in, Condition which, boolean down, Field<Integer> place) {
    return withMatches(place.lt(NEXT).and(of.matching), in, which, down, place, NEXT);
  }

  /** The first keys in an order, each with whether it matches. Only these keys are compared. */
  private Table<?> withMatches(
      Condition matching,
      KeySort.Order<?> in,
      Condition which,
      boolean down,
      Field<Integer> place,
      int most) {
    var keys =
        select(KeyFilterLookup.FILTER_COLUMNS)
            .select(in.by().as(VALUE))
            .from(in.source().keys())
            .where(which)
            .orderBy(order(in.by(), down), order(in.source().id(), down))
            .limit(most)
            .asTable(API_KEYS);
    return select(
            API_KEYS.ID, value(API_KEYS.getName()), place.as(PLACE), field(matching).as(MATCHES))
        .from(keys)
        .asTable(CANDIDATES);
  }

  Field<Integer> count() {
    if (search == null) {
      var all =
          select(inline(true).as(MATCHES), inline(0).as(PLACE))
              .from(by.source().keys())
              .where(where);
      return counted(all);
    }
    var keys = numbered(search, search.counted, search.all, false, rowNumber().over());
    return counted(select(MATCHES, PLACE).from(keys).where(toShow()));
  }

  private static Field<Integer> counted(SelectLimitStep<?> rows) {
    var all = rows.limit(KeyPageQuery.MAX_COUNTED + 1).asTable(COUNTED);
    var matching = DSL.count().filterWhere(condition(MATCHES));
    return field(
        select(
                when(matching.gt(KeyPageQuery.MAX_COUNTED), matching)
                    .when(boolOr(PLACE.eq(NEXT)), inline(KeyPageQuery.NOT_COUNTED))
                    .otherwise(matching))
            .from(all));
  }

  /**
   * Matches the rows beyond the cursor. A cursor whose value does not parse in this order is
   * ignored: the list starts at the beginning.
   */
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

  Field<T> value(String table) {
    return field(name(table, VALUE), by.by().getDataType());
  }

  static <V> SortField<V> order(Field<V> field, boolean down) {
    return down ? field.desc() : field.asc();
  }
}
