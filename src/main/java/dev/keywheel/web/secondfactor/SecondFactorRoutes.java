package dev.keywheel.web.secondfactor;

import dev.keywheel.people.secondfactor.SecondFactorService;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.security.SecondFactorRequired;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import gg.jte.models.runtime.JteModel;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Sets up and removes the second factors of the signed-in user. */
public final class SecondFactorRoutes implements Screen {
  private static final String PATH = SecondFactorRequired.PATH;
  private static final String APP = PATH + "/app";
  private static final int LONGEST_NAME = 60;
  private static final Set<RouteFlag> OPEN = Set.of(RouteFlag.WITHOUT_FACTOR);
  private static final Set<RouteFlag> STEPPED_UP =
      Set.of(RouteFlag.WITHOUT_FACTOR, RouteFlag.STEP_UP);

  private final WebContext web;
  private final SecondFactorService factors;

  public SecondFactorRoutes(WebContext web, SecondFactorService factors) {
    this.web = web;
    this.factors = factors;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.VIEWER, OPEN, ctx -> page(ctx, Fields.none()));
    routes.get(APP, RequiredRole.VIEWER, STEPPED_UP, ctx -> app(ctx, Fields.none()));
    change(routes, APP, this::beginApp);
    change(routes, APP + "/confirmation", this::confirmApp);
    change(routes, APP + "/removal", this::removeApp);
    change(routes, PATH + "/passkeys", this::addPasskey);
    change(routes, PATH + "/passkeys/{id}/removal", this::removePasskey);
    change(
        routes, PATH + "/codes", ctx -> codes(ctx, factors.replaceCodes(CurrentUser.session(ctx))));
    routes.post(
        PATH + "/passkey-requests",
        RequiredRole.VIEWER,
        OPEN,
        ctx -> web.json(ctx, factors.passkeyRequest(CurrentUser.session(ctx))));
  }

  private static void change(Routes routes, String path, Handler handler) {
    routes.post(path, RequiredRole.VIEWER, STEPPED_UP, handler);
  }

  private void beginApp(Context ctx) {
    factors.beginApp(CurrentUser.session(ctx));
    Htmx.seeOther(ctx, APP);
  }

  private void confirmApp(Context ctx) {
    try {
      var code = Form.of(ctx).raw("code");
      added(ctx, factors.confirmApp(CurrentUser.session(ctx), code), "Authenticator app set up.");
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      app(ctx, Fields.none().refused(rejected));
    }
  }

  private void removeApp(Context ctx) {
    removed(ctx, () -> factors.removeApp(CurrentUser.session(ctx)), "Authenticator app removed.");
  }

  private void addPasskey(Context ctx) {
    var form = Form.of(ctx);
    try {
      var name = form.text("name", LONGEST_NAME);
      var codes = factors.addPasskey(CurrentUser.session(ctx), name, form.raw("passkey"));
      added(ctx, codes, "Passkey added.");
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      page(ctx, Fields.sent(ctx).refused(rejected));
    }
  }

  private void removePasskey(Context ctx) {
    var id = Form.pathId(ctx);
    removed(ctx, () -> factors.removePasskey(CurrentUser.session(ctx), id), "Passkey removed.");
  }

  private void added(Context ctx, Optional<List<String>> codes, String sentence) {
    if (codes.isPresent()) {
      codes(ctx, codes.get());
      return;
    }
    web.done(ctx, PATH, sentence + " You are signed out everywhere else.");
  }

  private void removed(Context ctx, Runnable removal, String sentence) {
    try {
      removal.run();
      web.done(ctx, PATH, sentence + " You are signed out everywhere else.");
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      page(ctx, Fields.none().refused(rejected));
    }
  }

  private void page(Context ctx, Fields fields) {
    var user = CurrentUser.of(ctx).userId();
    var page =
        new SecondFactorPage(
            factors.status(user), web.passkeyHost(), web.withoutFactor(ctx), fields);
    show(ctx, "Second factor", web.templates().secondfactorIndex(page));
  }

  private void app(Context ctx, Fields fields) {
    var person = CurrentUser.of(ctx);
    var secret = factors.pendingApp(person.userId());
    if (secret.isEmpty()) {
      Htmx.seeOther(ctx, PATH);
      return;
    }
    var page = new AppPage(person.email(), secret.get(), fields);
    show(ctx, "Set up an authenticator app", web.templates().secondfactorApp(page));
  }

  private void codes(Context ctx, List<String> codes) {
    show(ctx, "Recovery codes", web.templates().secondfactorCodes(new CodesPage(codes)));
  }

  /** Shows the page, without the menu if the user must set up a second factor first. */
  private void show(Context ctx, String title, JteModel content) {
    if (web.withoutFactor(ctx)) {
      web.plain(ctx, title, content);
    } else {
      web.page(ctx, PageMeta.of(title, Section.SETTINGS), content);
    }
  }
}
