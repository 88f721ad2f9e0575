package dev.keywheel.web.page;

import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list that is read from a row on, and where the pages beside it are.
 *
 * @param previous address of the rows before; null on the first page
 * @param next address of the rows after; null on the last page
 */
public record Page<T>(List<T> shown, @Nullable String previous, @Nullable String next) {

  /**
   * @param rows one more than {@code size} tells that there are further ones
   * @param backwards whether they were read towards the beginning
   * @param first whether they were read from the beginning on
   */
  public static <T> Page<T> of(
      List<T> rows, int size, boolean backwards, boolean first, Url url, Function<T, UUID> id) {
    boolean more = rows.size() > size;
    var shown = !more ? rows : backwards ? rows.subList(1, rows.size()) : rows.subList(0, size);
    boolean before = backwards ? more : !first;
    boolean after = (backwards || more) && !shown.isEmpty();
    return new Page<>(
        shown,
        before
            ? (shown.isEmpty() ? url : url.with("before", id.apply(shown.getFirst()))).toString()
            : null,
        after ? url.with("after", id.apply(shown.getLast())).toString() : null);
  }

  /** The id in a URL parameter; null, which is the first page, if it is missing or malformed. */
  public static @Nullable UUID cursor(@Nullable String text) {
    try {
      return text == null ? null : UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
