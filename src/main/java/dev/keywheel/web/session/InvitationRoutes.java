package dev.keywheel.web.session;

import dev.keywheel.people.InvitationService;
import dev.keywheel.people.identity.Session;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Routes to accept an invitation, either signed in or by choosing a password. The page is the same
 * whether or not the address has an account.
 */
final class InvitationRoutes implements Screen {
  private static final Set<RouteFlag> OF_SESSION = Set.of(RouteFlag.ANY_WORKSPACE);

  static final String PATH = "/invitation";
  private static final Pattern LINK = Pattern.compile(PATH + "\\?token=([A-Za-z0-9_-]+)");

  private final WebContext web;
  private final InvitationService invitations;

  InvitationRoutes(WebContext web, InvitationService invitations) {
    this.web = web;
    this.invitations = invitations;
  }

  /** The token in the link of an invitation; empty for any other path. */
  static Optional<String> token(String path) {
    var link = LINK.matcher(path);
    return link.matches() ? Optional.of(link.group(1)) : Optional.empty();
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.ANYONE, this::show);
    routes.post(PATH, RequiredRole.ANYONE, this::choosePassword);
    routes.post(PATH + "/acceptance", RequiredRole.VIEWER, OF_SESSION, this::accept);
  }

  private void show(Context ctx) {
    @Nullable String token = ctx.queryParam("token");
    page(ctx, token == null ? "" : token, null);
  }

  private void choosePassword(Context ctx) {
    var form = Form.of(ctx);
    var token = form.raw("token");
    try {
      invitations.accept(token, form.raw("password"));
      web.done(
          ctx,
          "/login",
          "Sign in to continue. If you are new here, use the password that you have just chosen."
              + " If you already had an account, use its password, then open the link again.");
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      page(ctx, token, rejected.getMessage());
    }
  }

  private void accept(Context ctx) {
    var token = Form.of(ctx).raw("token");
    var invitation = invitations.requireOpen(token);
    invitations.accept(CurrentUser.session(ctx), token);
    web.done(ctx, "/", joined(invitation.workspace()));
  }

  static String joined(String workspace) {
    return "You joined " + workspace + ".";
  }

  private void page(Context ctx, String token, @Nullable String error) {
    var invitation = invitations.requireOpen(token);
    boolean own =
        web.session(ctx)
            .map(Session::person)
            .filter(person -> person.email().equals(invitation.email()))
            .isPresent();
    var page = new InvitationPage(invitation, token, own, error);
    web.plain(ctx, "Invitation", web.templates().sessionInvitation(page));
  }
}
