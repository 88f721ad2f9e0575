package dev.keywheel.web.page;

import io.javalin.http.Context;
import java.util.List;

/**
 * Which part of a long list is asked for: rows after a cursor, never an offset, so that page 400
 * costs what page 1 costs and a row that comes or goes shifts nothing.
 *
 * @param cursor what {@code after} or {@code before} said, opaque to all but the list; empty for
 *     the first page
 * @param backwards whether the rows before the cursor are meant
 */
public record Paging(int size, String cursor, boolean backwards) {
  public static final List<Integer> SIZES = List.of(25, 50, 100, 200);
  public static final int DEFAULT_SIZE = 50;

  private static final int LONGEST_CURSOR = 300;

  /**
   * From {@code size}, {@code after} and {@code before} of the address; anything odd is the
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

  private static int sizeOf(@org.jspecify.annotations.Nullable String text) {
    return SIZES.stream()
        .filter(size -> String.valueOf(size).equals(text))
        .findFirst()
        .orElse(DEFAULT_SIZE);
  }
}
