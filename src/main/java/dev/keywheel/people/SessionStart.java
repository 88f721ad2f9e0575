package dev.keywheel.people;

import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** Opens the session of a completed sign-in. */
public final class SessionStart {
  private final MemberRepository rows = new MemberRepository();
  private final SessionStore sessions;
  private final KnownBrowserRepository browsers;
  private final Audit audit;

  public SessionStart(SessionStore sessions, KnownBrowserRepository browsers, Audit audit) {
    this.sessions = sessions;
    this.browsers = browsers;
    this.audit = audit;
  }

  /**
   * The user in the workspace that the sign-in leads to.
   *
   * @param joined the workspace's name if the user has just joined it through an invitation
   */
  public record Home(Principal person, Optional<String> joined) {}

  /**
   * The workspace to sign in to. A user without one joins the workspace of the invitation link.
   *
   * @throws Rejected if the user has neither a workspace nor a valid invitation
   */
  public Home findOrJoinHome(Tx tx, UUID user, Browser browser, Instant now) {
    return rows.home(tx.dsl(), user)
        .map(person -> new Home(person, Optional.empty()))
        .or(() -> browser.invitation().flatMap(token -> acceptInvitation(tx, user, token, now)))
        .orElseThrow(
            () ->
                new Rejected(
                    rows.workspacesOf(tx, user).isEmpty()
                        ? "This account has no workspace. If you were invited to one, open the link"
                            + " of the invitation and sign in from there. Otherwise ask an"
                            + " administrator for an invitation."
                        : "The workspace of this account is archived. Ask an instance administrator"
                            + " to restore it."));
  }

  private Optional<Home> acceptInvitation(Tx tx, UUID user, String token, Instant now) {
    return rows.lockUser(tx, user)
        .flatMap(row -> InvitationService.acceptAtSignIn(tx, audit, row, token, now));
  }

  /** Opens the session, remembers the browser and records the sign-in with the details. */
  public SignedIn open(
      Tx tx, Home home, Browser browser, Map<String, String> details, Instant now) {
    var person = home.person();
    var token = browsers.remember(tx, person.userId(), browser.token(), now);
    var secret =
        sessions.open(
            tx, person.userId(), person.workspaceId(), browser.address(), browser.agent(), now);
    audit.record(tx, person, AuditAction.SIGNED_IN, null, details);
    return new SignedIn(person.email(), secret, token, home.joined(), OptionalInt.empty());
  }
}
