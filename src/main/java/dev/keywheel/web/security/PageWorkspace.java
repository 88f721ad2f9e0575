package dev.keywheel.web.security;

import dev.keywheel.problem.Conflict;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The workspace for which a page was rendered. Pages send it with every form and every fragment
 * request, so that nothing happens in the wrong workspace after a switch in another tab.
 */
public final class PageWorkspace {
  static final String FIELD = "workspace";
  public static final String HEADER = "X-Workspace";

  private PageWorkspace() {}

  /**
   * @param current the workspace of the session
   * @throws Conflict if the request comes from a page of another workspace
   */
  public static void check(Context ctx, UUID current) {
    if (!sent(ctx).stream().allMatch(id -> id.isEmpty() || id.equals(current.toString()))) {
      throw new Conflict(
          "Another workspace",
          "You switched to another workspace in another tab, so nothing was changed. Reload this"
              + " page, or switch back and try again.");
    }
  }

  private static List<String> sent(Context ctx) {
    var ids = new ArrayList<String>();
    @Nullable String header = ctx.header(HEADER);
    if (header != null) {
      ids.add(header);
    }
    if (ctx.method() == HandlerType.POST) {
      ids.addAll(ctx.formParams(FIELD));
    }
    return ids;
  }
}
