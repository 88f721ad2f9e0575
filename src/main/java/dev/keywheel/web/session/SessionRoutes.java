package dev.keywheel.web.session;

import dev.keywheel.people.SignIn;
import dev.keywheel.problem.Refused;
import dev.keywheel.web.Access;
import dev.keywheel.web.Form;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.KeptForm;
import dev.keywheel.web.LocalPath;
import dev.keywheel.web.Refusal;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.SignInPage;
import dev.keywheel.web.Theme;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Signing in, on a page of its own and in a dialog over a page whose session has ended. */
public final class SessionRoutes implements Screen {
  private final Web web;
  private final SignIn signIn;
  private final BooleanSupplier nobodyYet;

  /**
   * @param nobodyYet whether there is no user at all, so that the sign-in leads to the set-up
   */
  public SessionRoutes(Web web, SignIn signIn, BooleanSupplier nobodyYet) {
    this.web = web;
    this.signIn = signIn;
    this.nobodyYet = nobodyYet;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/login", Access.ANYONE, this::show);
    routes.get("/login/again", Access.ANYONE, this::showAgain);
    routes.postWhileShut("/login", Access.ANYONE, this::signIn);
    routes.postWhileShut("/logout", Access.VIEWER, this::signOut);
    routes.poll("/session", Access.VIEWER, ctx -> ctx.status(HttpStatus.NO_CONTENT));
    routes.postWhileShut("/theme", Access.ANYONE, this::chooseTheme);
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
    var page =
        new SignInPage("", "Your session has ended. This page stays as it is.", null, "/", "");
    web.view().fragment(ctx, web.templates().sessionForm(page));
  }

  private void signIn(Context ctx) {
    var form = Form.of(ctx);
    var email = form.text("email", 300);
    var next = LocalPath.or(form.raw("next"), "/");
    var kept = form.raw("kept");
    try {
      var secret = signIn.signIn(email, form.raw("password"), ctx.ip(), agent(ctx));
      web.enter(ctx, secret);
      welcome(ctx, email, next, kept);
    } catch (Refused refused) {
      refuse(ctx, new SignInPage(email, null, refused.getMessage(), next, kept), refused);
    }
  }

  private void welcome(Context ctx, String email, String next, String kept) {
    if (inDialog(ctx)) {
      ctx.header("X-CSRF-Token", web.token(ctx)).header("X-Viewer", email).status(204);
      return;
    }
    KeptForm.carried(kept)
        .ifPresentOrElse(
            form -> web.view().plain(ctx, "Your form", web.templates().sessionKept(form)),
            () -> Htmx.seeOther(ctx, next));
  }

  private void refuse(Context ctx, SignInPage page, Refused refused) {
    Refusal.status(ctx, refused);
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
    signIn.signOut(Viewer.session(ctx));
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

  private static String agent(Context ctx) {
    @Nullable String agent = ctx.userAgent();
    return agent == null ? "" : agent;
  }
}
