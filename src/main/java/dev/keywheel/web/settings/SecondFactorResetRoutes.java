package dev.keywheel.web.settings;

import dev.keywheel.people.secondfactor.SecondFactorReset;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;

public final class SecondFactorResetRoutes implements Screen {
  private static final String PEOPLE = "/settings/people";
  private static final String WORKSPACES = "/settings/workspaces";

  private final WebContext web;
  private final SecondFactorReset factors;

  public SecondFactorResetRoutes(WebContext web, SecondFactorReset factors) {
    this.web = web;
    this.factors = factors;
  }

  @Override
  public void routes(Routes routes) {
    routes.postSteppedUp(
        PEOPLE + "/{id}/second-factor-reset", RequiredRole.ADMIN, ctx -> reset(ctx, PEOPLE));
    routes.postSteppedUp(
        WORKSPACES + "/accounts/{id}/second-factor-reset",
        RequiredRole.INSTANCE_ADMIN,
        ctx -> reset(ctx, WORKSPACES));
  }

  private void reset(Context ctx, String page) {
    factors.reset(CurrentUser.of(ctx), Form.pathId(ctx));
    web.done(
        ctx,
        Page.url(page, Page.request(ctx, 0)),
        "Second factor reset. Until a new one is set up, the password alone is enough to sign in.");
  }
}
