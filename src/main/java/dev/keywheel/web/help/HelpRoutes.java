package dev.keywheel.web.help;

import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;

/** The route of the page with help and licences, which is open without a sign-in. */
public final class HelpRoutes implements Screen {
  private final WebContext web;

  public HelpRoutes(WebContext web) {
    this.web = web;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(
        "/help",
        RequiredRole.ANYONE,
        ctx -> web.page(ctx, PageMeta.titled("Help"), web.templates().helpIndex()));
  }
}
