package dev.keywheel.web.find;

import dev.keywheel.web.Access;
import dev.keywheel.web.Head;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import java.util.Objects;

/** The page that finds everything, and what the palette over every page is given. */
public final class FindRoutes implements Screen {
  private final Web web;
  private final Finder finder;

  public FindRoutes(Web web, Finder finder) {
    this.web = web;
    this.finder = finder;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/find", Access.VIEWER, this::page);
    routes.get("/find/results", Access.VIEWER, this::results);
  }

  private void page(Context ctx) {
    web.view().page(ctx, Head.titled("Find"), web.templates().findIndex(found(ctx)));
  }

  private void results(Context ctx) {
    web.view().fragment(ctx, web.templates().findResults(found(ctx)));
  }

  private Found found(Context ctx) {
    var typed = Objects.requireNonNullElse(ctx.queryParam("q"), "");
    return finder.find(Viewer.of(ctx), Sought.of(typed));
  }
}
