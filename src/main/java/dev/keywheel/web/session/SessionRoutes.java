package dev.keywheel.web.session;

import dev.keywheel.people.SignIn;
import dev.keywheel.people.SignInResult.SecondFactorNeeded;
import dev.keywheel.people.SignedIn;
import dev.keywheel.people.secondfactor.SecondStep;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Theme;
import dev.keywheel.web.security.Cookies;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.PageWorkspace;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.SignInPage;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Routes to sign in, on a page or in a dialog over a page whose session has ended. */
final class SessionRoutes implements Screen {
  private static final Set<RouteFlag> OF_SESSION =
      Set.of(RouteFlag.WITHOUT_FACTOR, RouteFlag.WHILE_SEALED, RouteFlag.ANY_WORKSPACE);

  private final WebContext web;
  private final SignInAnswers answers;
  private final SignIn signIn;
  private final SecondStep secondStep;
  private final BooleanSupplier withoutUsers;

  /**
   * @param withoutUsers whether no user exists, so that sign-in leads to the set-up
   */
  SessionRoutes(
      WebContext web, SignIn signIn, SecondStep secondStep, BooleanSupplier withoutUsers) {
    this.web = web;
    this.answers = new SignInAnswers(web);
    this.signIn = signIn;
    this.secondStep = secondStep;
    this.withoutUsers = withoutUsers;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/login", RequiredRole.ANYONE, this::show);
    routes.get("/login/again", RequiredRole.ANYONE, this::showAgain);
    routes.postWhileSealed("/login", RequiredRole.ANYONE, this::signIn);
    routes.post("/logout", RequiredRole.VIEWER, OF_SESSION, this::signOut);
    routes.post("/workspace", RequiredRole.VIEWER, OF_SESSION, this::enterWorkspace);
    routes.poll("/session", RequiredRole.VIEWER, ctx -> ctx.status(HttpStatus.NO_CONTENT));
    routes.postWhileSealed("/theme", RequiredRole.ANYONE, this::chooseTheme);
  }

  private void show(Context ctx) {
    var next = LocalPath.or(ctx.queryParam("next"), "/");
    if (web.session(ctx).isPresent()) {
      Htmx.seeOther(ctx, next);
    } else if (withoutUsers.getAsBoolean()) {
      Htmx.seeOther(ctx, "/setup");
    } else {
      answers.form(ctx, SignInPage.fresh(next, web.passkeyHost()));
    }
  }

  private void showAgain(Context ctx) {
    var why =
        new PageWorkspace(web.workspaces()).archived(ctx)
            ? PageWorkspace.ARCHIVED
            : "Your session has ended.";
    var note = why + " This page is kept.";
    var page = new SignInPage("", note, null, "/", "", web.passkeyHost());
    web.fragment(ctx, web.templates().sessionForm(page));
  }

  private void signIn(Context ctx) {
    var form = Form.of(ctx);
    var email = form.text("email", 300);
    var next = LocalPath.or(form.raw("next"), "/");
    var kept = form.raw("kept");
    try {
      switch (signIn.signIn(email, form.raw("password"), answers.browser(ctx, next))) {
        case SignedIn signedIn -> answers.welcome(ctx, signedIn, next, kept);
        case SecondFactorNeeded(var challenge) -> secondStep(ctx, challenge, next, kept);
      }
    } catch (Rejected rejected) {
      answers.refuse(ctx, email.replace("\0", ""), rejected, next, kept);
    }
  }

  private void secondStep(Context ctx, String challenge, String next, String kept) {
    web.bindChallenge(ctx, Cookies.CHALLENGE, challenge);
    var offered = secondStep.offeredFactors(challenge).orElseThrow(SecondStep::ended);
    answers.ask(ctx, new SecondStepPage(offered, web.passkeyHost(), next, kept, Fields.none()));
  }

  private void signOut(Context ctx) {
    signIn.signOut(CurrentUser.session(ctx));
    web.signOut(ctx);
    Htmx.seeOther(ctx, "/login");
  }

  private void enterWorkspace(Context ctx) {
    var form = Form.of(ctx);
    var id =
        form.ids("to").stream()
            .findFirst()
            .orElseThrow(() -> new NotFound("There is no such workspace."));
    var workspace = web.workspaces().enter(CurrentUser.session(ctx), id);
    web.done(ctx, LocalPath.or(form.raw("next"), "/"), "You are in " + workspace.name() + " now.");
  }

  private void chooseTheme(Context ctx) {
    var form = Form.of(ctx);
    web.remember(ctx, Theme.of(form.raw("theme")));
    Htmx.seeOther(ctx, LocalPath.or(form.raw("next"), "/"));
  }
}
