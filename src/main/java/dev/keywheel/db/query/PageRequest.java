package dev.keywheel.db.query;

import static org.jooq.impl.DSL.noCondition;

import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record2;
import org.jooq.ResultQuery;
import org.jooq.Row2;
import org.jooq.SortOrder;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a page of a searchable list shows.
 *
 * @param text part of the names of the rows; may be empty
 * @param cursor id of the row that the page comes after, or before when {@code backwards}; null for
 *     the beginning
 * @param limit maximum number of rows
 */
public record PageRequest(String text, @Nullable UUID cursor, boolean backwards, int limit) {

  /** Whether the name of a row contains the text. */
  public Condition named(Field<String> name) {
    return text.isEmpty() ? noCondition() : name.likeIgnoreCase(BoundedSearch.pattern(text));
  }

  /**
   * Whether a row is beyond the cursor; true for every row if there is none at the cursor.
   *
   * @param place the columns by which the list is sorted
   * @param at reads the columns of the row at the cursor
   */
  public <A, B> Condition beyondCursor(
      Row2<A, B> place, ResultQuery<Record2<A, B>> at, SortOrder order) {
    return at.fetchOptional()
        .map(
            row ->
                direction(order) == SortOrder.ASC
                    ? place.gt(row.valuesRow())
                    : place.lt(row.valuesRow()))
        .orElse(noCondition());
  }

  /** The direction in which to read a list that is sorted in this order. */
  public SortOrder direction(SortOrder order) {
    return backwards == (order == SortOrder.ASC) ? SortOrder.DESC : SortOrder.ASC;
  }

  /** The rows in the order of the list, after they were read in {@link #direction}. */
  public <T> List<T> inOrder(List<T> read) {
    return backwards ? read.reversed() : read;
  }
}
