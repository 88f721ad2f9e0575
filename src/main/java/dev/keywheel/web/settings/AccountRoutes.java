package dev.keywheel.web.settings;

import dev.keywheel.people.MemberService;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.SignIn;
import dev.keywheel.people.secondfactor.SecondFactorService;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.PageZone;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Objects;

public final class AccountRoutes implements Screen {
  private static final String PATH = "/settings/account";

  private final WebContext web;
  private final MemberService people;
  private final SessionStore sessions;
  private final SignIn signIn;
  private final SecondFactorService factors;
  private final InstantSource clock;

  public AccountRoutes(
      WebContext web,
      MemberService people,
      SessionStore sessions,
      SignIn signIn,
      SecondFactorService factors,
      InstantSource clock) {
    this.web = web;
    this.people = people;
    this.sessions = sessions;
    this.signIn = signIn;
    this.factors = factors;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.VIEWER, ctx -> page(ctx, Fields.none()));
    routes.post(PATH + "/password", RequiredRole.VIEWER, this::changePassword);
    routes.post(PATH + "/zone", RequiredRole.VIEWER, this::chooseZone);
    routes.post(PATH + "/sessions/{id}/end", RequiredRole.VIEWER, this::end);
  }

  private void changePassword(Context ctx) {
    var form = Form.of(ctx);
    try {
      signIn.confirm(CurrentUser.session(ctx), form.raw("current"), null, web.client(ctx));
    } catch (Rejected wrong) {
      FormErrorStatus.set(ctx, wrong);
      var sentence = String.valueOf(wrong.getMessage());
      page(ctx, withPasswordError(ctx, Fields.none().refused(new Rejected("current", sentence))));
      return;
    }
    try {
      people.changePassword(CurrentUser.session(ctx), form.raw("password"));
      web.done(ctx, PATH, "Password changed. You are signed out everywhere else.");
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, Fields.none().refused(rejected));
    }
  }

  /** Adds the error of the new password, if any, so that the page shows both errors at once. */
  private Fields withPasswordError(Context ctx, Fields fields) {
    try {
      people.checkPassword(CurrentUser.session(ctx), Form.of(ctx).raw("password"));
      return fields;
    } catch (Rejected rejected) {
      return fields.refused(rejected);
    }
  }

  private void chooseZone(Context ctx) {
    var zone = PageZone.named(Form.of(ctx).raw("zone"));
    people.chooseTimeZone(CurrentUser.session(ctx), zone.map(ZoneId::getId).orElse(null));
    web.done(
        ctx,
        PATH,
        zone.map(chosen -> "Times are now shown in " + chosen.getId() + ".")
            .orElse("Times are now shown in the time zone of the browser."));
  }

  private void end(Context ctx) {
    var id = ctx.pathParam("id");
    var session =
        sessions.of(CurrentUser.of(ctx).userId(), clock.instant()).stream()
            .filter(open -> open.id().shown().equals(id))
            .findFirst()
            .orElseThrow(() -> new NotFound("This session has already ended."));
    people.endSession(session);
    web.done(ctx, PATH, "Signed out of that session.");
  }

  private void page(Context ctx, Fields fields) {
    var mine = CurrentUser.session(ctx);
    var open =
        sessions.of(mine.person().userId(), clock.instant()).stream()
            .map(session -> new AccountPage.OpenSession(session, session.id().equals(mine.id())))
            .toList();
    var page =
        new AccountPage(
            mine.person(),
            factors.status(mine.person().userId()),
            open,
            Objects.requireNonNullElse(mine.timeZone(), ""),
            fields);
    web.page(
        ctx, PageMeta.of("My account", Section.SETTINGS), web.templates().settingsAccount(page));
  }
}
