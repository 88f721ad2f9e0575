package dev.keywheel.web.server;

import dev.keywheel.web.form.PendingForm;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.AuthenticationRequired;
import dev.keywheel.web.security.AuthenticationRequired.SentForm;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.ReauthenticationRequired;
import gg.jte.generated.precompiled.Templates;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.util.function.BooleanSupplier;

/**
 * Handles requests without a session: a page redirects to the sign-in and back; a fragment gets
 * 401, and {@code app.js} shows the sign-in over the page; a form is kept until its sender has
 * signed in.
 */
final class LoginRedirect {
  private final Templates templates;
  private final View view;
  private final BooleanSupplier nobodyYet;

  /**
   * @param nobodyYet whether no user exists yet, so that the redirect leads to the set-up
   */
  LoginRedirect(Templates templates, View view, BooleanSupplier nobodyYet) {
    this.templates = templates;
    this.view = view;
    this.nobodyYet = nobodyYet;
  }

  /** A form is kept over the question for the password; a download leads to it. */
  void answer(ReauthenticationRequired confirm, Context ctx) {
    if (ctx.method() == HandlerType.POST && !Htmx.asked(ctx)) {
      var page =
          new ConfirmPage(CurrentUser.of(ctx).email(), "/", PendingForm.of(ctx).carried(), null);
      ctx.status(HttpStatus.FORBIDDEN);
      view.plain(ctx, "Confirm your password", templates.sessionConfirm(page));
      return;
    }
    Htmx.seeOther(ctx, Url.of("/confirm").with("next", ctx.path()).toString());
  }

  void answer(AuthenticationRequired ended, Context ctx) {
    if (Htmx.asked(ctx)) {
      ctx.status(HttpStatus.UNAUTHORIZED)
          .contentType("text/plain; charset=utf-8")
          .result(ended.getMessage());
      return;
    }
    if (ctx.method() == HandlerType.POST) {
      var page =
          new SignInPage(
              "",
              ended.getMessage(),
              null,
              "/",
              ended.form() == SentForm.KEPT ? PendingForm.of(ctx).carried() : "");
      ctx.status(HttpStatus.UNAUTHORIZED);
      view.plain(ctx, "Sign in", templates.sessionLogin(page));
      return;
    }
    if (nobodyYet.getAsBoolean()) {
      ctx.redirect("/setup", HttpStatus.SEE_OTHER);
      return;
    }
    var query = ctx.queryString();
    var wanted = query == null ? ctx.path() : ctx.path() + "?" + query;
    var login = Url.of("/login").with("next", wanted.equals("/") ? "" : wanted);
    ctx.redirect(login.toString(), HttpStatus.SEE_OTHER);
  }
}
