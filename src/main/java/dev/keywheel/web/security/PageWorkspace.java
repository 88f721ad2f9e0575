package dev.keywheel.web.security;

import dev.keywheel.people.WorkspaceService;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Workspace;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Forbidden;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The workspace for which a page was rendered. Pages send its id with every form and every fragment
 * request, so that nothing happens in the wrong workspace after a switch in another tab.
 */
public final class PageWorkspace {
  /** Told to a user who may not enter the archived workspace of a page. */
  public static final String ARCHIVED =
      "The workspace of this page was archived. An instance administrator can restore it under"
          + " Settings, Workspaces.";

  static final String FIELD = "workspace";
  public static final String HEADER = "X-Workspace";

  private final WorkspaceService workspaces;

  public PageWorkspace(WorkspaceService workspaces) {
    this.workspaces = workspaces;
  }

  /**
   * @throws Forbidden if the request comes from a page of a workspace that the user may not enter
   * @throws Conflict if the request comes from a page of another workspace of the user
   */
  public void check(Context ctx, Principal person) {
    var others = sent(ctx);
    others.removeIf(id -> id.isEmpty() || id.equals(person.workspaceId().toString()));
    if (others.isEmpty()) {
      return;
    }
    var enterable = workspaces.enterable(person.userId());
    if (!others.stream().allMatch(id -> name(enterable, id).isPresent())) {
      var why = archived(others) ? ARCHIVED : "You were removed from the workspace of this page.";
      throw new Forbidden(
          why
              + " Nothing was changed. You are in %s now."
                  .formatted(
                      name(enterable, person.workspaceId().toString())
                          .orElse("another workspace")));
    }
    if (ctx.method() != HandlerType.POST) {
      throw new Conflict(
          "Another workspace",
          "This page shows %s, but you are in %s. Reload it, or switch back."
              .formatted(
                  name(enterable, others.getFirst()).orElseThrow(),
                  name(enterable, person.workspaceId().toString()).orElse("another workspace")));
    }
    throw new Conflict(
        "Another workspace",
        "You switched to another workspace in another tab, so nothing was changed. Reload this"
            + " page, or switch back and try again.");
  }

  /** Whether the request comes from a page of a workspace that is archived now. */
  public boolean archived(Context ctx) {
    return archived(sent(ctx));
  }

  private boolean archived(List<String> ids) {
    return !ids.isEmpty()
        && workspaces.all().stream()
            .anyMatch(workspace -> workspace.archived() && ids.contains(workspace.id().toString()));
  }

  private static Optional<String> name(List<Workspace> workspaces, String id) {
    return workspaces.stream()
        .filter(workspace -> workspace.id().toString().equals(id))
        .map(Workspace::name)
        .findFirst();
  }

  private static List<String> sent(Context ctx) {
    var ids = new ArrayList<String>();
    @Nullable String header = ctx.header(HEADER);
    if (header != null && !header.isEmpty()) {
      ids.add(header);
    }
    if (ctx.method() == HandlerType.POST) {
      ids.addAll(ctx.formParams(FIELD));
    }
    return ids;
  }
}
