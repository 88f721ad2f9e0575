package dev.keywheel.web.workspaces;

import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditFilter;
import dev.keywheel.people.audit.AuditVerification;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** The audit log of what concerns more than one workspace. */
public final class InstanceLogRoutes implements Screen {
  private static final String PATH = WorkspaceRoutes.PATH + "/log";
  private static final int LINES = 50;

  private final WebContext web;
  private final Audit audit;
  private final AuditVerification verification;

  public InstanceLogRoutes(WebContext web, Audit audit, AuditVerification verification) {
    this.web = web;
    this.audit = audit;
    this.verification = verification;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.INSTANCE_ADMIN, this::show);
  }

  private void show(Context ctx) {
    var before = before(ctx.queryParam("before"));
    var found = audit.page(WorkspaceIds.INSTANCE, AuditFilter.ALL, before, LINES);
    var page =
        new InstanceLogPage(
            found.lines(),
            found.older() == null ? null : Url.of(PATH).with("before", found.older()).toString(),
            before == null ? null : PATH,
            verification.status(WorkspaceIds.INSTANCE));
    web.view()
        .page(
            ctx,
            PageMeta.of("Instance log", Section.SETTINGS),
            web.templates().workspacesLog(page));
  }

  /** The cursor; null for the newest events, also if malformed. */
  private static @Nullable Long before(@Nullable String text) {
    try {
      return text == null ? null : Long.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
