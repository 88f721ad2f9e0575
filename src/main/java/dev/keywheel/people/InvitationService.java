package dev.keywheel.people;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.SessionStart.Home;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.EmailAddress;
import dev.keywheel.people.identity.Invitation;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.SecretTokens;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.identity.UserRow;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Invitations to a workspace. A user with an account accepts by signing in, anyone else by choosing
 * a password. The inviting administrator cannot tell which.
 */
public final class InvitationService {
  private static final Duration GOOD_FOR = Duration.ofDays(3);

  private final Database db;
  private final MemberRepository members = new MemberRepository();
  private final InvitationRepository rows = new InvitationRepository();
  private final SessionStore sessions;
  private final Audit audit;
  private final Ids ids;
  private final SecureRandom random;
  private final Passwords passwords;
  private final PasswordPolicy policy = new PasswordPolicy();
  private final InstantSource clock;

  public InvitationService(
      Database db,
      SessionStore sessions,
      Audit audit,
      Ids ids,
      SecureRandom random,
      Passwords passwords,
      InstantSource clock) {
    this.db = db;
    this.sessions = sessions;
    this.audit = audit;
    this.ids = ids;
    this.random = random;
    this.passwords = passwords;
    this.clock = clock;
  }

  /** The invitations to a workspace that are not yet accepted, including expired ones. */
  public List<Invitation> of(UUID workspace) {
    return db.read(dsl -> rows.of(dsl, workspace));
  }

  /**
   * Invites an address to the workspace of {@code by}; replaces an earlier invitation.
   *
   * @return the token of the link, valid for three days
   * @throws Conflict if the address belongs to a member
   * @throws Rejected for the field {@code email} if it is malformed or contains a key
   */
  public String invite(Principal by, String email, Role role) {
    SecretShape.CERTAIN.refuse("email", email);
    var address = EmailAddress.checked(email);
    return db.inTx(
        tx -> {
          members.lockUsers(tx);
          if (MemberList.all(tx.dsl(), by.workspaceId()).stream()
              .anyMatch(member -> member.email().equals(address))) {
            throw new Conflict(
                "Already exists", "There is already a member with the address " + address + ".");
          }
          var now = clock.instant();
          var token = SecretTokens.make(random, SecretTokens.LINK_BYTES);
          rows.put(tx, by.workspaceId(), address, role, token, now, now.plus(GOOD_FOR));
          audit.record(tx, by, AuditAction.INVITED_MEMBER, address, Map.of("role", role.code()));
          return token;
        });
  }

  public void withdraw(Principal by, String email) {
    db.runTx(
        tx -> {
          if (!rows.remove(tx, by.workspaceId(), email)) {
            throw new NotFound("There is no such invitation.");
          }
          audit.record(tx, by, AuditAction.WITHDREW_INVITATION, email, Map.of());
        });
  }

  /**
   * The open invitation with this token.
   *
   * @throws Forbidden if the link is used, expired or unknown
   */
  public Invitation requireOpen(String token) {
    return db.read(dsl -> rows.byToken(dsl, token, clock.instant()))
        .orElseThrow(InvitationService::spent);
  }

  /**
   * Accepts the invitation for an address without an account, and creates the account.
   *
   * @return the new member; empty, and nothing is changed, if the address has an account
   * @throws Forbidden if the link is used, expired or unknown
   * @throws Rejected for the field {@code password}
   */
  public Optional<Principal> accept(String token, String password) {
    var invitation = requireOpen(token);
    policy.check(password, invitation.email());
    var hash = passwords.hash(password);
    return db.inTx(
        tx -> {
          members.lockUsers(tx);
          var user = ids.next();
          return members.addUser(tx, user, invitation.email(), hash, clock.instant())
              ? Optional.of(join(tx, audit, take(tx, token), user, clock.instant()))
              : Optional.empty();
        });
  }

  /**
   * Accepts the invitation for the session's user. The session continues in the new workspace.
   *
   * @throws Forbidden if the link is used, expired, unknown or for another address
   * @throws Conflict if the session has ended
   */
  public void accept(Session session, String token) {
    db.runTx(
        tx -> {
          members.lockUsers(tx);
          sessions.requireOpen(tx, session, clock.instant());
          var invitation = take(tx, token);
          if (!invitation.email().equals(session.person().email())) {
            throw new Forbidden("This invitation is for a different email address.");
          }
          sessions.enter(tx, session, invitation.workspaceId());
          join(tx, audit, invitation, session.person().userId(), clock.instant());
        });
  }

  /**
   * Accepts the invitation during sign-in, for a user who has no workspace to sign in to.
   *
   * @return empty if the link is used, expired, unknown or for another address
   */
  static Optional<Home> acceptAtSignIn(
      Tx tx, Audit audit, UserRow user, String token, Instant now) {
    var rows = new InvitationRepository();
    return rows.byToken(tx.dsl(), token, now)
        .filter(invitation -> invitation.email().equals(user.email()))
        .filter(_ -> rows.removeByToken(tx, token))
        .map(
            invitation ->
                new Home(
                    join(tx, audit, invitation, user.id(), now),
                    Optional.of(invitation.workspace())));
  }

  private Invitation take(Tx tx, String token) {
    return rows.byToken(tx.dsl(), token, clock.instant())
        .filter(_ -> rows.removeByToken(tx, token))
        .orElseThrow(InvitationService::spent);
  }

  /** Adds the user, unless the user has become a member in another way since the invitation. */
  private static Principal join(Tx tx, Audit audit, Invitation invitation, UUID user, Instant now) {
    var role = invitation.role();
    var person = new Principal(user, invitation.email(), invitation.workspaceId(), role, false);
    if (new MemberRepository().addMember(tx, invitation.workspaceId(), user, role, now)) {
      audit.record(tx, person, AuditAction.JOINED_WORKSPACE, null, Map.of("role", role.code()));
    } else {
      audit.record(tx, person, AuditAction.ENTERED_WORKSPACE, null, Map.of());
    }
    return person;
  }

  private static Forbidden spent() {
    return new Forbidden(
        "This invitation has been used or withdrawn, replaced by a newer one, or it has expired. If"
            + " you have joined already, sign in. Otherwise use the newest link, or ask the person"
            + " who invited you for a new one.");
  }
}
