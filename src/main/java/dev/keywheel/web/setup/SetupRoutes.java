package dev.keywheel.web.setup;

import dev.keywheel.people.FirstAdminSetup;
import dev.keywheel.people.SignIn;
import dev.keywheel.people.SignedIn;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** Creates the first administrator through the one-time link printed at startup. */
public final class SetupRoutes implements Screen {
  /** Path of the link; the token is in the query. */
  static final String PATH = "/setup";

  private final WebContext web;
  private final FirstAdminSetup firstAdminSetup;
  private final SignIn signIn;

  public SetupRoutes(WebContext web, FirstAdminSetup firstAdminSetup, SignIn signIn) {
    this.web = web;
    this.firstAdminSetup = firstAdminSetup;
    this.signIn = signIn;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.ANYONE, this::show);
    routes.post(PATH, RequiredRole.ANYONE, this::create);
  }

  private void show(Context ctx) {
    if (!firstAdminSetup.needed()) {
      Htmx.seeOther(ctx, "/login");
      return;
    }
    @Nullable String token = ctx.queryParam("token");
    var opens = token != null && firstAdminSetup.isValidToken(token);
    page(ctx, new SetupPage(opens && token != null ? token : "", "", null, null));
  }

  private void create(Context ctx) {
    var form = Form.of(ctx);
    var email = form.raw("email").strip();
    var password = form.raw("password");
    try {
      firstAdminSetup.create(form.raw("token"), email, password);
    } catch (Rejected rejected) {
      var errors = Fields.none().refused(rejected);
      FormErrorStatus.set(ctx, rejected);
      page(
          ctx,
          new SetupPage(form.raw("token"), email, errors.error("email"), errors.error("password")));
      return;
    }
    if (signIn.signIn(email, password, web.browser(ctx)) instanceof SignedIn signedIn) {
      web.signIn(ctx, signedIn);
    }
    web.done(ctx, "/", "Keywheel is set up. Next, add your keys.");
  }

  private void page(Context ctx, SetupPage page) {
    web.plain(
        ctx,
        "Set up",
        page.locked() ? web.templates().setupLocked() : web.templates().setupIndex(page));
  }
}
