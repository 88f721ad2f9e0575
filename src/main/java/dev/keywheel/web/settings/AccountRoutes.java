package dev.keywheel.web.settings;

import dev.keywheel.people.People;
import dev.keywheel.people.Sessions;
import dev.keywheel.people.SignIn;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Refused;
import dev.keywheel.web.Access;
import dev.keywheel.web.Fields;
import dev.keywheel.web.Form;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.Refusal;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import java.time.InstantSource;

/** One's own password and sessions. */
public final class AccountRoutes implements Screen {
  private static final String PATH = "/settings/account";

  private final Web web;
  private final People people;
  private final Sessions sessions;
  private final SignIn signIn;
  private final InstantSource clock;

  public AccountRoutes(
      Web web, People people, Sessions sessions, SignIn signIn, InstantSource clock) {
    this.web = web;
    this.people = people;
    this.sessions = sessions;
    this.signIn = signIn;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, Access.VIEWER, ctx -> page(ctx, Fields.none()));
    routes.post(PATH + "/password", Access.VIEWER, this::changePassword);
    routes.post(PATH + "/sessions/{id}/end", Access.VIEWER, this::end);
  }

  private void changePassword(Context ctx) {
    var form = Form.of(ctx);
    try {
      signIn.confirm(Viewer.session(ctx), form.raw("current"), null, ctx.ip());
    } catch (Refused wrong) {
      Refusal.status(ctx, wrong);
      var sentence = String.valueOf(wrong.getMessage());
      page(ctx, Fields.none().refused(new Refused("current", sentence)));
      return;
    }
    try {
      people.changePassword(Viewer.session(ctx), form.raw("password"));
      web.view()
          .flash(ctx, Tone.OK, "Your password is changed. Other sessions of yours have ended.");
      Htmx.seeOther(ctx, PATH);
    } catch (Refused refused) {
      ctx.status(422);
      page(ctx, Fields.none().refused(refused));
    }
  }

  private void end(Context ctx) {
    var id = ctx.pathParam("id");
    var session =
        sessions.of(Viewer.of(ctx).userId(), clock.instant()).stream()
            .filter(open -> open.id().shown().equals(id))
            .findFirst()
            .orElseThrow(() -> new NotFound("This session has ended already."));
    people.endSession(session);
    web.view().flash(ctx, Tone.OK, "The session has ended.");
    Htmx.seeOther(ctx, PATH);
  }

  private void page(Context ctx, Fields fields) {
    var mine = Viewer.session(ctx);
    var open =
        sessions.of(mine.person().userId(), clock.instant()).stream()
            .map(session -> new AccountPage.OpenSession(session, session.id().equals(mine.id())))
            .toList();
    var page = new AccountPage(mine.person(), open, fields);
    web.view()
        .page(ctx, Head.of("My account", Section.SETTINGS), web.templates().settingsAccount(page));
  }
}
