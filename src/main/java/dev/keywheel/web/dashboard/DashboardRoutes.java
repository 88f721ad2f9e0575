package dev.keywheel.web.dashboard;

import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;

public final class DashboardRoutes implements Screen {
  private static final int REFRESH_SECONDS = 5;

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
    var page = page(ctx);
    web.page(
        ctx,
        PageMeta.of(Section.DASHBOARD).refreshedWhile(!page.runs().isEmpty(), REFRESH_SECONDS),
        web.templates().dashboardIndex(page));
  }

  private void showLive(Context ctx) {
    var page = page(ctx);
    web.update(ctx, page.version(), web.templates().dashboardLive(page));
  }

  private DashboardPage page(Context ctx) {
    return dashboardQuery.at(CurrentUser.of(ctx), ctx.queryParam("pool"), web.vaultSealed());
  }
}
