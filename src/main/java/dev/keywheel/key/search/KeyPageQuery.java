package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.boolOr;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.when;

import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.search.KeyPage.Slice;
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
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * One page of a sorted list of keys. Only the ids and sort values of the matching rows are sorted,
 * and only the rows on the page are read whole, because sorting whole rows takes three times as
 * long. If the sort has an index, the database reads the index in order. Otherwise it sorts only
 * the keys that were assigned last ({@link #sorted}).
 *
 * <p>For a condition that no index supports, the keys are searched in the order of the list, at
 * most {@link #MAX_SEARCHED} for a page. If the number of matching rows is not known, they are
 * counted up to {@link #MAX_COUNTED}, and a search counts in at most {@link #MAX_SEARCHED} keys.
 * Thus a filter that matches half of a million keys costs no more than one that matches two
 * thousand.
 */
public final class KeyPageQuery<T> {
  /** The highest number of matching keys that is counted; {@code MAX_COUNTED + 1} means more. */
  public static final int MAX_COUNTED = 2_000;

  /** The maximum number of keys that are sorted in an order that has no index. */
  static final int MAX_SORTED = 10_000;

  /** The same maximum for a status that more than {@link #MAX_SORTED} keys have. */
  static final int MAX_SORTED_OF_STATUS = 2_000;

  /** The maximum number of keys that are compared with a filter for one page. */
  public static final int MAX_SEARCHED = 10_000;

  /** An unknown number of matching keys. {@link #sorted} treats it like a small number. */
  public static final int NOT_COUNTED = 0;

  private static final String MATCHING = "matching";
  private static final String PAGE = "page";
  private final KeyPageRows<T> list;

  /** A query in an order that has an index. */
  public KeyPageQuery(Condition where, KeySort.Order<T> by) {
    this(where, by, true);
  }

  KeyPageQuery(Condition where, KeySort.Order<T> by, boolean indexed) {
    this(new KeyPageRows<>(where, by, indexed, null));
  }

  private KeyPageQuery(KeyPageRows<T> list) {
    this.list = list;
  }

  /** The maximum number of matching keys that are sorted in an order that has no index. */
  public static int sorted(KeyFilter filter, int matching) {
    return filter.status() != null && matching > MAX_SORTED ? MAX_SORTED_OF_STATUS : MAX_SORTED;
  }

  /**
   * This query for the keys that also meet a condition that no index supports.
   *
   * @param all the keys in which matches are counted
   * @param counted an indexed order, whose first keys are counted
   * @param truncated whether the order of the list has no index and there are more than {@link
   *     #MAX_SEARCHED} keys
   */
  KeyPageQuery<T> searching(
      Condition matching, Condition all, KeySort.Order<?> counted, boolean truncated) {
    var search = new KeyPageRows.Search(matching, all, counted, truncated);
    return new KeyPageQuery<>(new KeyPageRows<>(list.where(), list.by(), list.indexed(), search));
  }

  /** This query for the keys that also meet a condition, in an order that has an index. */
  public KeyPageQuery<T> searching(Condition matching) {
    return searching(matching, list.where(), list.by(), false);
  }

  /** Like {@link KeyPage}, but with database rows and the field of the sort value. */
  public record Part<T>(
      List<Record> rows,
      int matching,
      boolean partial,
      Field<T> sortValue,
      @Nullable String before,
      @Nullable String after) {}

  KeyPage read(DSLContext dsl, Slice slice, boolean wantsDown) {
    Part<T> part = part(dsl, slice, wantsDown);
    return new KeyPage(
        part.rows.stream().map(KeyRepository::key).toList(),
        part.matching,
        part.partial,
        part.before,
        part.after);
  }

  /** Like {@link #read}, but returns database rows and the field of the sort value. */
  public Part<T> part(DSLContext dsl, Slice slice, boolean wantsDown) {
    var cursor = KeyCursor.of(slice.cursor());
    boolean backwards = slice.backwards() && cursor.isPresent();
    boolean down = wantsDown != backwards;
    var known = slice.known();
    int size = slice.size();
    var read = rows(dsl, known, cursor, down, size);
    var rows =
        read.stream().filter(row -> Boolean.TRUE.equals(row.get(KeyPageRows.MATCHES))).toList();
    boolean more = rows.size() > size;
    List<Record> shown = new ArrayList<>(rows.subList(0, Math.min(size, rows.size())));
    int matching =
        known.orElseGet(
            () ->
                read.isEmpty() && cursor.isPresent()
                    ? dsl.select(list.count()).fetchSingle().value1()
                    : read.stream().findFirst().map(row -> row.get(MATCHING, int.class)).orElse(0));
    boolean partial = !more && isPartial(read);
    @Nullable String next =
        more
            ? cursor(shown.getLast())
            : partial && list.indexed() ? justBeyond(at(read.getLast()), !down).text() : null;
    @Nullable String back =
        cursor
            .map(at -> shown.isEmpty() ? justBeyond(at, down).text() : cursor(shown.getFirst()))
            .orElse(null);
    if (backwards) {
      Collections.reverse(shown);
    }
    return new Part<>(
        List.copyOf(shown),
        matching,
        partial,
        list.value(PAGE),
        backwards ? next : back,
        backwards ? back : next);
  }

  /** Whether the search ended before it had compared all keys. */
  private boolean isPartial(List<Record> read) {
    var search = list.search();
    return search != null
        && (list.indexed()
            ? read.stream().anyMatch(row -> row.get(KeyPageRows.PLACE) == KeyPageRows.NEXT)
            : search.truncated());
  }

  /**
   * A cursor next to this row, from which a page in the opposite direction begins with this row. It
   * differs from the cursor of the row by one in the id, because any number of rows can have the
   * same sort value.
   */
  private static KeyCursor justBeyond(KeyCursor at, boolean down) {
    long high = at.id().getMostSignificantBits();
    long low = at.id().getLeastSignificantBits();
    var beside =
        down
            ? new UUID(low == 0 ? high - 1 : high, low - 1)
            : new UUID(low == -1 ? high + 1 : high, low + 1);
    return new KeyCursor(at.value(), beside);
  }

  private List<Record> rows(
      DSLContext dsl, OptionalInt known, Optional<KeyCursor> cursor, boolean down, int size) {
    var page = list.source(cursor, down).limit(size + 1).asTable(PAGE);
    Field<T> shown = list.value(PAGE);
    Field<UUID> id = field(name(PAGE, "id"), API_KEYS.ID.getDataType());
    Field<Integer> onPage = DSL.count().filterWhere(condition(KeyPageRows.MATCHES)).over();
    Field<Boolean> end = boolOr(KeyPageRows.PLACE.eq(KeyPageRows.NEXT)).over();
    // A first page that is not full has all matching keys, so the database counts no others.
    var search = list.search();
    Field<Integer> first = search != null && search.truncated() ? inline(NOT_COUNTED) : onPage;
    Field<Integer> counted =
        cursor.isPresent()
            ? when(end, inline(NOT_COUNTED)).otherwise(list.count())
            : when(onPage.gt(size), list.count()).when(end, inline(NOT_COUNTED)).otherwise(first);
    Field<Integer> matching = known.isPresent() ? inline(known.getAsInt()) : counted;
    return List.copyOf(
        dsl.select(KeyRepository.COLUMNS)
            .select(shown, KeyPageRows.PLACE, KeyPageRows.MATCHES, matching.as(MATCHING))
            .from(page)
            .join(API_KEYS)
            .on(API_KEYS.ID.eq(id))
            .orderBy(KeyPageRows.order(shown, down), KeyPageRows.order(id, down))
            .fetch());
  }

  private String cursor(Record row) {
    return at(row).text();
  }

  private KeyCursor at(Record row) {
    return new KeyCursor(String.valueOf(row.get(list.value(PAGE))), row.get(API_KEYS.ID));
  }
}
