package dev.keywheel.web.session;

import dev.keywheel.people.SignIn;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.form.PendingForm;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.ConfirmPage;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
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
        "/confirm", RequiredRole.VIEWER, ctx -> page(ctx, next(ctx.queryParam("next")), "", null));
    routes.postWhileShut("/confirm", RequiredRole.VIEWER, this::confirm);
  }

  private void confirm(Context ctx) {
    var form = Form.of(ctx);
    var next = next(form.raw("next"));
    var kept = form.raw("kept");
    try {
      signIn.confirm(CurrentUser.session(ctx), form.raw("password"), null, web.client(ctx));
      PendingForm.carried(kept)
          .ifPresentOrElse(
              pending -> web.view().plain(ctx, "Your form", web.templates().sessionKept(pending)),
              () -> Htmx.seeOther(ctx, next));
    } catch (Rejected rejected) {
      FormErrorStatus.status(ctx, rejected);
      page(ctx, next, kept, rejected.getMessage());
    }
  }

  private void page(Context ctx, String next, String kept, @Nullable String error) {
    var page = new ConfirmPage(CurrentUser.of(ctx).email(), next, kept, error);
    web.view().plain(ctx, "Confirm your password", web.templates().sessionConfirm(page));
  }

  private static String next(@Nullable String path) {
    return LocalPath.or(path, "/");
  }
}
