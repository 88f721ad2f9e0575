package dev.keywheel.web.page;

import io.javalin.http.Context;
import java.util.List;

/**
 * The requested page of a long list. Cursors instead of offsets: page 400 costs as much as page 1,
 * and inserted or deleted rows shift nothing.
 *
 * @param cursor value of {@code after} or {@code before}, opaque except to the list; empty for the
 *     first page
 * @param backwards whether the rows before the cursor are requested
 */
public record Paging(int size, String cursor, boolean backwards) {
  public static final List<Integer> SIZES = List.of(25, 50, 100, 200);
  public static final int DEFAULT_SIZE = 50;

  private static final int LONGEST_CURSOR = 300;

  /**
   * Reads {@code size}, {@code after} and {@code before} from the URL; malformed values become the
   * default.
   */
  public static Paging of(Context ctx) {
    var before = ctx.queryParam("before");
    var cursor = before != null ? before : ctx.queryParam("after");
    var sound = cursor != null && cursor.length() <= LONGEST_CURSOR;
    return new Paging(
        sizeOf(ctx.queryParam("size")),
        sound && cursor != null ? cursor : "",
        sound && before != null);
  }

  /** The number of rows on a page; the default for an unknown number. */
  public static int sizeOf(@org.jspecify.annotations.Nullable String text) {
    return SIZES.stream()
        .filter(size -> String.valueOf(size).equals(text))
        .findFirst()
        .orElse(DEFAULT_SIZE);
  }
}
