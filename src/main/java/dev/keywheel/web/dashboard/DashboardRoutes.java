package dev.keywheel.web.dashboard;

import dev.keywheel.web.Access;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;

/** The first page, and the part of it that keeps itself current. */
public final class DashboardRoutes implements Screen {
  private final Web web;
  private final Glance glance;

  public DashboardRoutes(Web web, Glance glance) {
    this.web = web;
    this.glance = glance;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/", Access.VIEWER, this::show);
    routes.poll("/dashboard/live", Access.VIEWER, this::showLive);
  }

  private void show(Context ctx) {
    web.view().page(ctx, Head.of(Section.DASHBOARD), web.templates().dashboardIndex(page(ctx)));
  }

  private void showLive(Context ctx) {
    var page = page(ctx);
    if (!Htmx.unchanged(ctx, page.version())) {
      web.view().fragment(ctx, web.templates().dashboardLive(page));
    }
  }

  private DashboardPage page(Context ctx) {
    return glance.at(Viewer.of(ctx).workspaceId(), ctx.queryParam("pool"));
  }
}
