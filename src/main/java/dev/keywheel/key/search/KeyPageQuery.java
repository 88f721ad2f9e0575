package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.val;

import dev.keywheel.key.pool.KeyRepository;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SortField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * One page of a sorted list in one statement. Only id and sort value of the matching rows are
 * sorted, and only the rows that are shown are read whole: to sort the whole rows takes three times
 * as long. The database reads an index in its order where there is one for the sort. Unless the
 * number of matching rows is known, one scan serves both the number and the page.
 *
 * <p>Calls, success and latency have no index on purpose: each call would have to change it, and
 * ten thousand small rows are sorted in a few milliseconds.
 */
public final class KeyPageQuery<T> {
  private static final String MATCHING = "matching";
  private static final String PAGE = "page";
  private static final String VALUE = "sort_value";

  private final Condition where;
  private final KeySort.Order<T> by;

  public KeyPageQuery(Condition where, KeySort.Order<T> by) {
    this.where = where;
    this.by = by;
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
                    ? dsl.fetchCount(API_KEYS, where)
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
    var matching =
        name(MATCHING)
            .fields("id", VALUE)
            .as(select(API_KEYS.ID, by.by()).from(API_KEYS).where(where));
    Field<UUID> id = id(MATCHING);
    Field<T> value = value(MATCHING);
    var page =
        select(id, value)
            .from(matching)
            .where(cursor.map(at -> beyond(at, down)).orElse(DSL.noCondition()))
            .orderBy(order(value, down), order(id, down))
            .limit(size + 1)
            .asTable(PAGE);
    Field<Integer> count =
        known.isPresent() ? inline(known.getAsInt()) : field(selectCount().from(matching));
    return List.copyOf(
        dsl.with(matching)
            .select(KeyRepository.COLUMNS)
            .select(value(PAGE), count.as(MATCHING))
            .from(page)
            .join(API_KEYS)
            .on(API_KEYS.ID.eq(id(PAGE)))
            .orderBy(order(value(PAGE), down), order(id(PAGE), down))
            .fetch());
  }

  /** A cursor of another sort starts at the beginning. */
  private Condition beyond(KeyCursor cursor, boolean down) {
    try {
      T at = by.parse().apply(cursor.value());
      var here = DSL.row(value(MATCHING), id(MATCHING));
      var there = DSL.row(val(at, by.by()), val(cursor.id()));
      return down ? here.lt(there) : here.gt(there);
    } catch (RuntimeException e) {
      return DSL.noCondition();
    }
  }

  private String cursor(Record row) {
    return new KeyCursor(String.valueOf(row.get(value(PAGE))), row.get(API_KEYS.ID)).text();
  }

  private static Field<UUID> id(String table) {
    return field(name(table, "id"), API_KEYS.ID.getDataType());
  }

  private Field<T> value(String table) {
    return field(name(table, VALUE), by.by().getDataType());
  }

  private static <V> SortField<V> order(Field<V> field, boolean down) {
    return down ? field.desc() : field.asc();
  }
}
