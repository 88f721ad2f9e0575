package dev.keywheel.people;

import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import java.time.Instant;
import java.util.Map;
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

  /** The workspace that the user signs in to. */
  public Principal home(Tx tx, UUID user, Instant now) {
    return rows.home(tx.dsl(), user)
        .or(
            () ->
                rows.locked(tx, user)
                    .flatMap(row -> InvitationService.acceptAtSignIn(tx, audit, row, now)))
        .orElseThrow(() -> new Rejected("This account has no access. Ask an administrator."));
  }

  /**
   * @param details of the line in the audit log
   */
  public SignedIn open(
      Tx tx, Principal home, Browser browser, Map<String, String> details, Instant now) {
    var token = browsers.remember(tx, home.userId(), browser.token(), now);
    var secret =
        sessions.open(
            tx, home.userId(), home.workspaceId(), browser.address(), browser.agent(), now);
    audit.record(tx, home, "signed in", null, details);
    return new SignedIn(home.email(), secret, token);
  }
}
