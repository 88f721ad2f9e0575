package dev.keywheel.web.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.db.Json;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.UUID;

/** The same answer for a browser with and without htmx. */
public final class Htmx {
  private Htmx() {}

  /**
   * Whether htmx asked and wants a piece. False when it restores a page from history: that is a
   * whole page.
   */
  public static boolean asked(Context ctx) {
    return ctx.header("HX-Request") != null && ctx.header("HX-History-Restore-Request") == null;
  }

  /** After a change: go to a page of this server with GET. */
  public static void seeOther(Context ctx, String path) {
    if (asked(ctx)) {
      ctx.header("HX-Redirect", path).status(HttpStatus.NO_CONTENT);
    } else {
      ctx.redirect(path, HttpStatus.SEE_OTHER);
    }
  }

  /**
   * The version of what is shown: equal for equal values on every node and after a restart, which
   * {@code hashCode} is not where an enum is among them.
   */
  public static String version(Object shown) {
    return UUID.nameUUIDFromBytes(Json.text(shown).getBytes(UTF_8)).toString();
  }

  /**
   * Whether the browser has this version of the fragment already ({@code hx-ptag}); then the answer
   * is 304 and the handler returns. Else the answer is marked with the version.
   */
  public static boolean unchanged(Context ctx, String version) {
    ctx.header("HX-PTag", version);
    if (version.equals(ctx.header("HX-PTag"))) {
      ctx.status(HttpStatus.NOT_MODIFIED);
      return true;
    }
    return false;
  }
}
