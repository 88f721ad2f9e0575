package dev.keywheel.web.session;

import dev.keywheel.people.SignIn;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.secondfactor.StepUp;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.form.PendingForm;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.server.ConfirmPage;
import dev.keywheel.web.server.ConfirmPage.After;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Routes to confirm an action by password, code or passkey. */
final class ConfirmRoutes implements Screen {
  private static final Set<RouteFlag> PAGE = Set.of(RouteFlag.WITHOUT_FACTOR);
  private static final Set<RouteFlag> ANSWER =
      Set.of(RouteFlag.WITHOUT_FACTOR, RouteFlag.WHILE_SEALED, RouteFlag.ANY_WORKSPACE);

  private final WebContext web;
  private final SignIn signIn;
  private final StepUp stepUp;

  ConfirmRoutes(WebContext web, SignIn signIn, StepUp stepUp) {
    this.web = web;
    this.signIn = signIn;
    this.stepUp = stepUp;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/confirm", RequiredRole.VIEWER, PAGE, this::show);
    routes.post("/confirm", RequiredRole.VIEWER, ANSWER, this::confirm);
    routes.post(
        "/confirm/passkey-requests",
        RequiredRole.VIEWER,
        ANSWER,
        ctx -> web.json(ctx, stepUp.passkeyRequest(CurrentUser.session(ctx))));
  }

  private void show(Context ctx) {
    var after = new After(local(ctx.queryParam("next")), local(ctx.queryParam("back")), false, "");
    page(ctx, after, Fields.none());
  }

  private void confirm(Context ctx) {
    var form = Form.of(ctx);
    var after =
        new After(
            local(form.raw("next")),
            local(form.raw("back")),
            form.ticked("download"),
            form.raw("kept"));
    try {
      confirm(ctx, form, CurrentUser.session(ctx));
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      page(ctx, after, Fields.none().refused(rejected));
      return;
    }
    PendingForm.decoded(after.kept())
        .ifPresentOrElse(
            pending -> web.plain(ctx, "Your form", web.templates().sessionKept(pending, true)),
            () -> redirectToNext(ctx, after));
  }

  private void confirm(Context ctx, Form form, Session session) {
    if (form.ticked("passkey")) {
      stepUp.confirmWithPasskey(session, form.raw("passkey"), web.client(ctx));
    } else if (form.ticked("code")) {
      stepUp.confirmWithCode(session, form.raw("code"), web.client(ctx));
    } else {
      signIn.confirm(session, form.raw("password"), null, web.client(ctx));
    }
  }

  private void redirectToNext(Context ctx, After after) {
    if (after.download()) {
      var sentence = "Confirmed for ten minutes. Start the download again.";
      web.flash(ctx, Severity.OK, sentence);
    }
    Htmx.seeOther(ctx, after.next());
  }

  private void page(Context ctx, After after, Fields fields) {
    var session = CurrentUser.session(ctx);
    var page =
        new ConfirmPage(
            session.person().email(), session.factors(), web.passkeyHost(), after, fields);
    web.plain(ctx, ConfirmPage.TITLE, web.templates().sessionConfirm(page));
  }

  private static String local(@Nullable String path) {
    return LocalPath.or(path, "/");
  }
}
