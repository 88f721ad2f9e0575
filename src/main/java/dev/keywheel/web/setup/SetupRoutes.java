package dev.keywheel.web.setup;

import dev.keywheel.people.Setup;
import dev.keywheel.people.SignIn;
import dev.keywheel.problem.Refused;
import dev.keywheel.web.Access;
import dev.keywheel.web.Form;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** Makes the first administrator, by the one-time link that is printed at start. */
public final class SetupRoutes implements Screen {
  /** Where the link leads; the token is its query. */
  public static final String PATH = "/setup";

  private final Web web;
  private final Setup setup;
  private final SignIn signIn;

  public SetupRoutes(Web web, Setup setup, SignIn signIn) {
    this.web = web;
    this.setup = setup;
    this.signIn = signIn;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, Access.ANYONE, this::show);
    routes.post(PATH, Access.ANYONE, this::create);
  }

  private void show(Context ctx) {
    if (!setup.needed()) {
      Htmx.seeOther(ctx, "/login");
      return;
    }
    @Nullable String token = ctx.queryParam("token");
    var opens = token != null && setup.opens(token);
    page(ctx, new SetupPage(opens && token != null ? token : "", "", null, null));
  }

  private void create(Context ctx) {
    var form = Form.of(ctx);
    var email = form.text("email", 300);
    var password = form.raw("password");
    try {
      setup.create(form.raw("token"), email, password);
    } catch (Refused refused) {
      var ofPassword = refused.field().filter("password"::equals).isPresent();
      ctx.status(422);
      page(
          ctx,
          new SetupPage(
              form.raw("token"),
              email,
              ofPassword ? null : refused.getMessage(),
              ofPassword ? refused.getMessage() : null));
      return;
    }
    web.enter(ctx, signIn.signIn(email, password, ctx.ip(), String.valueOf(ctx.userAgent())));
    web.view().flash(ctx, Tone.OK, "Welcome. Keywheel is set up; its next step is a pool of keys.");
    Htmx.seeOther(ctx, "/");
  }

  private void page(Context ctx, SetupPage page) {
    web.view()
        .plain(
            ctx,
            "Set up",
            page.locked() ? web.templates().setupLocked() : web.templates().setupIndex(page));
  }
}
