package dev.keywheel.web.find;

import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.Objects;

public final class FindRoutes implements Screen {
  private final WebContext web;
  private final Finder finder;

  public FindRoutes(WebContext web, Finder finder) {
    this.web = web;
    this.finder = finder;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/find", RequiredRole.VIEWER, this::page);
    routes.get("/find/results", RequiredRole.VIEWER, this::results);
  }

  private void page(Context ctx) {
    web.page(ctx, PageMeta.titled("Find"), web.templates().findIndex(found(ctx)));
  }

  private void results(Context ctx) {
    web.fragment(ctx, web.templates().findResults(found(ctx)));
  }

  private SearchResults found(Context ctx) {
    var typed = Objects.requireNonNullElse(ctx.queryParam("q"), "");
    return finder.find(CurrentUser.of(ctx), SearchQuery.of(typed));
  }
}
