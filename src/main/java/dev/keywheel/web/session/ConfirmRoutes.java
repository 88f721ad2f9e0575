package dev.keywheel.web.session;

import dev.keywheel.people.SignIn;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.CurrentUser;
import dev.keywheel.web.Form;
import dev.keywheel.web.FormErrorStatus;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.LocalPath;
import dev.keywheel.web.RequiredRole;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.WebContext;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** Giving the password again before an action that asks for it. */
public final class ConfirmRoutes implements Screen {
  private final WebContext web;
  private final SignIn signIn;

  public ConfirmRoutes(WebContext web, SignIn signIn) {
    this.web = web;
    this.signIn = signIn;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(
        "/confirm", RequiredRole.VIEWER, ctx -> page(ctx, next(ctx.queryParam("next")), null));
    routes.postWhileShut("/confirm", RequiredRole.VIEWER, this::confirm);
  }

  private void confirm(Context ctx) {
    var form = Form.of(ctx);
    var next = next(form.raw("next"));
    try {
      signIn.confirm(CurrentUser.session(ctx), form.raw("password"), null, ctx.ip());
      Htmx.seeOther(ctx, next);
    } catch (Rejected rejected) {
      FormErrorStatus.status(ctx, rejected);
      page(ctx, next, rejected.getMessage());
    }
  }

  private void page(Context ctx, String next, @Nullable String error) {
    var page = new ConfirmPage(CurrentUser.of(ctx).email(), next, error);
    web.view().plain(ctx, "Your password", web.templates().sessionConfirm(page));
  }

  private static String next(@Nullable String path) {
    return LocalPath.or(path, "/");
  }
}
