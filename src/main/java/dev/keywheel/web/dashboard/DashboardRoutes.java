package dev.keywheel.web.dashboard;

import dev.keywheel.web.CurrentUser;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.PageMeta;
import dev.keywheel.web.RequiredRole;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.WebContext;
import io.javalin.http.Context;

/** The first page, and the part of it that keeps itself current. */
public final class DashboardRoutes implements Screen {
  private final WebContext web;
  private final DashboardQuery dashboardQuery;

  public DashboardRoutes(WebContext web, DashboardQuery dashboardQuery) {
    this.web = web;
    this.dashboardQuery = dashboardQuery;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/", RequiredRole.VIEWER, this::show);
    routes.poll("/dashboard/live", RequiredRole.VIEWER, this::showLive);
  }

  private void show(Context ctx) {
    web.view().page(ctx, PageMeta.of(Section.DASHBOARD), web.templates().dashboardIndex(page(ctx)));
  }

  private void showLive(Context ctx) {
    var page = page(ctx);
    if (!Htmx.unchanged(ctx, page.version())) {
      web.view().fragment(ctx, web.templates().dashboardLive(page));
    }
  }

  private DashboardPage page(Context ctx) {
    return dashboardQuery.at(CurrentUser.of(ctx).workspaceId(), ctx.queryParam("pool"));
  }
}
