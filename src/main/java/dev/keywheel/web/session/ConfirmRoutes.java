package dev.keywheel.web.session;

import dev.keywheel.people.SignIn;
import dev.keywheel.problem.Refused;
import dev.keywheel.web.Access;
import dev.keywheel.web.Form;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.LocalPath;
import dev.keywheel.web.Refusal;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** Giving the password again before an action that asks for it. */
public final class ConfirmRoutes implements Screen {
  private final Web web;
  private final SignIn signIn;

  public ConfirmRoutes(Web web, SignIn signIn) {
    this.web = web;
    this.signIn = signIn;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/confirm", Access.VIEWER, ctx -> page(ctx, next(ctx.queryParam("next")), null));
    routes.postWhileShut("/confirm", Access.VIEWER, this::confirm);
  }

  private void confirm(Context ctx) {
    var form = Form.of(ctx);
    var next = next(form.raw("next"));
    try {
      signIn.confirm(Viewer.session(ctx), form.raw("password"), null, ctx.ip());
      Htmx.seeOther(ctx, next);
    } catch (Refused refused) {
      Refusal.status(ctx, refused);
      page(ctx, next, refused.getMessage());
    }
  }

  private void page(Context ctx, String next, @Nullable String error) {
    var page = new ConfirmPage(Viewer.of(ctx).email(), next, error);
    web.view().plain(ctx, "Your password", web.templates().sessionConfirm(page));
  }

  private static String next(@Nullable String path) {
    return LocalPath.or(path, "/");
  }
}
