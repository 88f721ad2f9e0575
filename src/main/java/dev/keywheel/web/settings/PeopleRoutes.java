package dev.keywheel.web.settings;

import dev.keywheel.people.AccountService;
import dev.keywheel.people.InvitationService;
import dev.keywheel.people.MemberService;
import dev.keywheel.people.identity.Member;
import dev.keywheel.people.identity.Role;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.EditConflict;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.List;
import org.jspecify.annotations.Nullable;

public final class PeopleRoutes implements Screen {
  static final String INVITATION = "/invitation";
  private static final String PATH = "/settings/people";

  private final WebContext web;
  private final MemberService people;
  private final AccountService accounts;
  private final InvitationService invitations;

  public PeopleRoutes(
      WebContext web,
      MemberService people,
      AccountService accounts,
      InvitationService invitations) {
    this.web = web;
    this.people = people;
    this.accounts = accounts;
    this.invitations = invitations;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.ADMIN, ctx -> page(ctx, Fields.none(), null, null));
    routes.postSteppedUp(PATH, RequiredRole.ADMIN, this::invite);
    routes.postSteppedUp(PATH + "/invitations/withdrawal", RequiredRole.ADMIN, this::withdraw);
    routes.postSteppedUp(PATH + "/{id}/role", RequiredRole.ADMIN, this::changeRole);
    routes.postSteppedUp(PATH + "/{id}/removal", RequiredRole.ADMIN, this::remove);
    routes.postSteppedUp(PATH + "/{id}/link", RequiredRole.ADMIN, this::issueLink);
    routes.postSteppedUp(PATH + "/{id}/disablement", RequiredRole.ADMIN, this::disable);
    routes.postSteppedUp(PATH + "/{id}/enablement", RequiredRole.ADMIN, this::enable);
  }

  private void invite(Context ctx) {
    var form = Form.of(ctx);
    try {
      var email = form.text("email", 300);
      var token = invitations.invite(CurrentUser.of(ctx), email, role(form));
      page(ctx, Fields.none(), address(ctx, INVITATION, token), email);
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, Fields.sent(ctx).refused(rejected), null, null);
    }
  }

  private void changeRole(Context ctx) {
    var form = Form.of(ctx);
    people.changeRole(
        CurrentUser.of(ctx), Form.pathId(ctx), role(form), member -> requireSeen(form, member));
    done(ctx, "Role changed. It applies immediately.");
  }

  private static void requireSeen(Form form, Member now) {
    EditConflict.check(
        form,
        now.role(),
        new Rejected(
            ("The role of %s was changed to %s after you opened this page. Open People"
                    + " again, then choose a role.")
                .formatted(now.email(), now.role().label())));
  }

  private void withdraw(Context ctx) {
    invitations.withdraw(CurrentUser.of(ctx), Form.of(ctx).raw("email").replace("\0", ""));
    done(ctx, "Invitation withdrawn. Its link no longer works.");
  }

  private void remove(Context ctx) {
    people.remove(CurrentUser.of(ctx), Form.pathId(ctx));
    done(ctx, "Member removed. Their access has ended.");
  }

  private void issueLink(Context ctx) {
    var link = accounts.issuePasswordLink(CurrentUser.of(ctx), Form.pathId(ctx));
    page(ctx, Fields.none(), address(ctx, "/password", link.token()), link.email());
  }

  private void disable(Context ctx) {
    accounts.disable(CurrentUser.of(ctx), Form.pathId(ctx));
    done(ctx, "Member disabled and signed out everywhere.");
  }

  private void enable(Context ctx) {
    accounts.enable(CurrentUser.of(ctx), Form.pathId(ctx));
    done(ctx, "Member enabled.");
  }

  /** Redirects to the part of the list from which the change was made. */
  private void done(Context ctx, String text) {
    web.done(ctx, Page.url(PATH, Page.request(ctx, PeoplePage.SIZE)), text);
  }

  private void page(Context ctx, Fields fields, @Nullable String link, @Nullable String linkFor) {
    var viewer = CurrentUser.of(ctx);
    var request = Page.request(ctx, PeoplePage.SIZE);
    var members = people.page(viewer.workspaceId(), request);
    var list = Url.of(PATH).with("q", request.text());
    var page =
        new PeoplePage(
            Page.of(members, request, list, Member::userId),
            request,
            request.cursor() == null ? invitations.of(viewer.workspaceId()) : List.of(),
            viewer,
            fields,
            link,
            linkFor);
    web.page(ctx, PageMeta.of("People", Section.SETTINGS), web.templates().settingsPeople(page));
  }

  private String address(Context ctx, String path, String token) {
    return web.address(ctx, Url.of(path).with("token", token).toString());
  }

  private static Role role(Form form) {
    return Parameter.parsed(form.text("role", 20), Role::of)
        .orElseThrow(() -> new Rejected("role", "Choose a role: admin, operator or viewer."));
  }
}
