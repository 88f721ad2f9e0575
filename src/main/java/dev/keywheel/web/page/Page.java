package dev.keywheel.web.page;

import dev.keywheel.db.query.PageRequest;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One page of a cursor-paged list.
 *
 * @param previous URL of the previous page; null on the first page
 * @param next URL of the next page; null on the last page
 */
public record Page<T>(List<T> shown, @Nullable String previous, @Nullable String next) {

  /**
   * @param rows up to {@code size} rows and one more, which only shows that a further page exists
   * @param backwards whether the rows were read towards the beginning
   * @param first whether the rows were read from the beginning
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

  public static <T> Page<T> of(List<T> rows, PageRequest request, Url url, Function<T, UUID> id) {
    boolean first = request.cursor() == null;
    return of(rows, request.limit() - 1, request.backwards(), first, url, id);
  }

  /** Whether the list has more rows than this page, so that a search is useful. */
  public boolean isPart() {
    return previous != null || next != null;
  }

  /**
   * The rows to read for a page of {@code size} rows and one more, from the URL or, after a form of
   * the list was submitted, from its fields.
   */
  public static PageRequest request(Context ctx, int size) {
    var form = ctx.method() == HandlerType.POST;
    Function<String, @Nullable String> value = form ? ctx::formParam : ctx::queryParam;
    var before = cursor(value.apply("before"));
    var cursor = before == null ? cursor(value.apply("after")) : before;
    var text = SearchText.of(value.apply("q"));
    return new PageRequest(text, cursor, before != null, size + 1);
  }

  /** The URL of a page of the list at {@code path}. */
  public static String url(String path, PageRequest page) {
    return Url.of(path)
        .with("q", page.text())
        .with(page.backwards() ? "before" : "after", page.cursor())
        .toString();
  }

  /**
   * Where a page begins.
   *
   * @param row the row that the page comes after, or before when {@code backwards}; null for the
   *     first page
   */
  public record Cursor(@Nullable UUID row, boolean backwards) {
    /** Reads {@code before} or {@code after} from the URL. */
    public static Cursor of(Context ctx) {
      var request = request(ctx, 0);
      return new Cursor(request.cursor(), request.backwards());
    }
  }

  /** The id in a URL parameter; null (the first page) if missing or malformed. */
  public static @Nullable UUID cursor(@Nullable String text) {
    try {
      return text == null ? null : UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
