package dev.keywheel.web.session;

import dev.keywheel.people.MemberService;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** Routes to set a new password with a one-time link, for users who forgot theirs. */
final class PasswordRoutes implements Screen {
  /** The path of a password link; the token is in the query. */
  static final String PATH = "/password";

  private final WebContext web;
  private final MemberService people;

  PasswordRoutes(WebContext web, MemberService people) {
    this.web = web;
    this.people = people;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.ANYONE, this::show);
    routes.post(PATH, RequiredRole.ANYONE, this::choose);
  }

  private void show(Context ctx) {
    @Nullable String token = ctx.queryParam("token");
    if (token == null || !people.isValidPasswordLink(token)) {
      throw new Forbidden(
          "This link has been used or has expired. Ask an administrator for a new one.");
    }
    page(ctx, token, null);
  }

  private void choose(Context ctx) {
    var form = Form.of(ctx);
    try {
      people.choosePassword(form.raw("token"), form.raw("password"));
      web.done(ctx, "/login", "Your password is set. Sign in with it.");
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      page(ctx, form.raw("token"), rejected.getMessage());
    }
  }

  private void page(Context ctx, String token, @Nullable String error) {
    web.plain(ctx, "Choose a password", web.templates().sessionPassword(token, error));
  }
}
