package dev.keywheel.web.workspaces;

import dev.keywheel.people.identity.Workspace;
import dev.keywheel.web.form.Fields;

/** The page to rename or archive a workspace. */
public record WorkspacePage(Workspace workspace, Fields fields) {
  public String path() {
    return WorkspaceRoutes.PATH + "/" + workspace.id();
  }
}
