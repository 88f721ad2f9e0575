package dev.keywheel.web.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.db.Json;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.UUID;

/** Responses that work with and without htmx. */
public final class Htmx {
  private Htmx() {}

  /** Whether htmx requests a fragment. False for a history restore, which needs the whole page. */
  public static boolean isFragmentRequest(Context ctx) {
    return ctx.header("HX-Request") != null && ctx.header("HX-History-Restore-Request") == null;
  }

  /** Redirects to a page of this server: with 303, or for htmx with 204 and {@code HX-Redirect}. */
  public static void seeOther(Context ctx, String path) {
    if (isFragmentRequest(ctx)) {
      ctx.header("HX-Redirect", path).status(HttpStatus.NO_CONTENT);
    } else {
      ctx.redirect(path, HttpStatus.SEE_OTHER);
    }
  }

  /**
   * A version of the displayed data. Equal values have equal versions, on every node and after a
   * restart; {@code hashCode} does not promise this for enums. The entries of maps are sorted by
   * their keys, but the elements of sets are not: pass a sorted list instead.
   */
  public static String version(Object shown) {
    return UUID.nameUUIDFromBytes(Json.sortedText(shown).getBytes(UTF_8)).toString();
  }

  /**
   * Sets the version of the fragment ({@code hx-ptag}) in the response. If the browser already has
   * this version, sets the status 304 and returns true; the handler then sends no content.
   */
  public static boolean answerIfUnchanged(Context ctx, String version) {
    ctx.header("HX-PTag", version);
    if (version.equals(ctx.header("HX-PTag"))) {
      ctx.status(HttpStatus.NOT_MODIFIED);
      return true;
    }
    return false;
  }
}
