package dev.keywheel.web.session;

import dev.keywheel.people.SignIn;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.form.PendingForm;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Theme;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.SignInPage;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.function.BooleanSupplier;

/** Sign-in, as a page and as a dialog over a page whose session has ended. */
public final class SessionRoutes implements Screen {
  private final WebContext web;
  private final SignIn signIn;
  private final BooleanSupplier nobodyYet;

  /**
   * @param nobodyYet whether no user exists yet, so that sign-in leads to the set-up
   */
  public SessionRoutes(WebContext web, SignIn signIn, BooleanSupplier nobodyYet) {
    this.web = web;
    this.signIn = signIn;
    this.nobodyYet = nobodyYet;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/login", RequiredRole.ANYONE, this::show);
    routes.get("/login/again", RequiredRole.ANYONE, this::showAgain);
    routes.postWhileShut("/login", RequiredRole.ANYONE, this::signIn);
    routes.postWhileShut("/logout", RequiredRole.VIEWER, this::signOut);
    routes.poll("/session", RequiredRole.VIEWER, ctx -> ctx.status(HttpStatus.NO_CONTENT));
    routes.postWhileShut("/theme", RequiredRole.ANYONE, this::chooseTheme);
  }

  private void show(Context ctx) {
    var next = LocalPath.or(ctx.queryParam("next"), "/");
    if (web.signedIn(ctx)) {
      Htmx.seeOther(ctx, next);
    } else if (nobodyYet.getAsBoolean()) {
      Htmx.seeOther(ctx, "/setup");
    } else {
      page(ctx, SignInPage.fresh(next));
    }
  }

  private void showAgain(Context ctx) {
    var page = new SignInPage("", "Your session has ended. This page is kept.", null, "/", "");
    web.view().fragment(ctx, web.templates().sessionForm(page));
  }

  private void signIn(Context ctx) {
    var form = Form.of(ctx);
    var email = form.text("email", 300);
    var next = LocalPath.or(form.raw("next"), "/");
    var kept = form.raw("kept");
    try {
      web.enter(ctx, signIn.signIn(email, form.raw("password"), web.browser(ctx)));
      welcome(ctx, email, next, kept);
    } catch (Rejected rejected) {
      refuse(
          ctx,
          new SignInPage(email.replace("\0", ""), null, rejected.getMessage(), next, kept),
          rejected);
    }
  }

  private void welcome(Context ctx, String email, String next, String kept) {
    if (inDialog(ctx)) {
      ctx.header("X-CSRF-Token", web.token(ctx)).header("X-Viewer", email).status(204);
      return;
    }
    PendingForm.carried(kept)
        .ifPresentOrElse(
            form -> web.view().plain(ctx, "Your form", web.templates().sessionKept(form)),
            () -> Htmx.seeOther(ctx, next));
  }

  private void refuse(Context ctx, SignInPage page, Rejected rejected) {
    FormErrorStatus.status(ctx, rejected);
    if (inDialog(ctx)) {
      web.view().fragment(ctx, web.templates().sessionForm(page));
    } else {
      page(ctx, page);
    }
  }

  private void page(Context ctx, SignInPage page) {
    web.view().plain(ctx, "Sign in", web.templates().sessionLogin(page));
  }

  private void signOut(Context ctx) {
    signIn.signOut(CurrentUser.session(ctx));
    web.leave(ctx);
    Htmx.seeOther(ctx, "/login");
  }

  private void chooseTheme(Context ctx) {
    var form = Form.of(ctx);
    web.remember(ctx, Theme.of(form.raw("theme")));
    Htmx.seeOther(ctx, LocalPath.or(form.raw("next"), "/"));
  }

  private static boolean inDialog(Context ctx) {
    return ctx.header("X-Dialog") != null;
  }
}
