package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.boolOr;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.when;

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
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * One page of a sorted list. Only id and sort value of the matching rows are sorted, and only the
 * rows that are shown are read whole: sorting whole rows takes three times as long. The database
 * reads an index in its order where the sort has one; the others sort some of the keys, those
 * assigned last ({@link #sorted}). Keys that no index finds are searched in the order of the list,
 * at most {@link #MOST_SEARCHED} for a page. Where the number of matching rows is not known, it is
 * counted up to {@link #MOST_COUNTED}, and in a search not beyond {@link #MOST_SEARCHED} keys: a
 * filter that half of a million keys match costs no more than one that two thousand match.
 */
public final class KeyPageQuery<T> {
  /** A larger count is {@code MOST_COUNTED + 1}. */
  public static final int MOST_COUNTED = 2_000;

  /** How many keys are sorted in an order that has no index. */
  public static final int MOST_SORTED = 10_000;

  /** How many are sorted of a status that more than {@link #MOST_SORTED} have. */
  static final int MOST_SORTED_OF_STATUS = 2_000;

  /** How many keys are compared with a filter for one page. */
  public static final int MOST_SEARCHED = 10_000;

  /** Stands for an unknown number of matching keys: as many are sorted as if few matched. */
  public static final int NOT_COUNTED = 0;

  private static final String MATCHING = "matching";
  private static final String PAGE = "page";
  private final KeyPageRows<T> list;

  /** In an order that has an index. */
  public KeyPageQuery(Condition where, KeySort.Order<T> by) {
    this(where, by, true);
  }

  KeyPageQuery(Condition where, KeySort.Order<T> by, boolean indexed) {
    this(new KeyPageRows<>(where, by, indexed, null));
  }

  private KeyPageQuery(KeyPageRows<T> list) {
    this.list = list;
  }

  /** How many of the matching keys are sorted in an order that has no index. */
  public static int sorted(KeyFilter filter, int matching) {
    return filter.status() != null && matching > MOST_SORTED ? MOST_SORTED_OF_STATUS : MOST_SORTED;
  }

  /**
   * This query for those of its keys that meet a condition no index finds.
   *
   * @param counted an order with an index, in which the first keys are counted
   * @param truncated whether the order of the list has no index and there are more than {@link
   *     #MOST_SEARCHED} keys
   */
  KeyPageQuery<T> searching(Condition matching, KeySort.Order<?> counted, boolean truncated) {
    var search = new KeyPageRows.Search(matching, counted, truncated);
    return new KeyPageQuery<>(new KeyPageRows<>(list.where(), list.by(), list.indexed(), search));
  }

  /** This query for those of its keys that meet a condition, in an order that has an index. */
  public KeyPageQuery<T> searching(Condition matching) {
    return searching(matching, list.by(), false);
  }

  /** Rows as they were read, each with the value it is sorted by. */
  public record Part<T>(
      List<Record> rows,
      int matching,
      boolean partial,
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
        part.partial,
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

  /** Whether keys were left out of the search. */
  private boolean isPartial(List<Record> read) {
    var search = list.search();
    return search != null
        && (list.indexed()
            ? read.stream().anyMatch(row -> row.get(KeyPageRows.PLACE) == KeyPageRows.NEXT)
            : search.truncated());
  }

  /**
   * A cursor from which a page in the opposite direction begins with this row. It differs from the
   * row's own by one in the id, because any number of rows can have the same sort value.
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
    // A first page of all keys that is not full needs no further count; the database makes none.
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
