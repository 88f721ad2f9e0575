package dev.keywheel.people;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.people.OneTimeLinkRepository.Purpose;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.identity.EmailAddress;
import dev.keywheel.people.identity.Member;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.Session;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The members of a workspace, and their passwords. */
public final class MemberService {
  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final OneTimeLinkRepository links;
  private final Passwords passwords;
  private final PasswordPolicy rule = new PasswordPolicy();
  private final SessionStore sessions;
  private final Audit audit;
  private final Ids ids;
  private final InstantSource clock;

  public MemberService(
      Database db,
      SessionStore sessions,
      Audit audit,
      Ids ids,
      SecureRandom random,
      Passwords passwords,
      InstantSource clock) {
    this.db = db;
    this.links = new OneTimeLinkRepository(random);
    this.passwords = passwords;
    this.sessions = sessions;
    this.audit = audit;
    this.ids = ids;
    this.clock = clock;
  }

  public List<Member> members(UUID workspace) {
    return db.read(dsl -> rows.members(dsl, workspace));
  }

  /**
   * Adds a member, who sets a password through a one-time link.
   *
   * @return the token of the link, valid for three days
   * @throws Conflict if the e-mail address is taken
   */
  public String invite(Principal by, String email, Role role) {
    var address = EmailAddress.checked(email);
    return db.inTx(
        tx -> {
          var now = clock.instant();
          var user = ids.next();
          if (!rows.addUser(tx, user, address, Passwords.NONE, now)) {
            throw new Conflict(
                "Already exists", "There is already a member with the address " + address + ".");
          }
          rows.addMember(tx, by.workspaceId(), user, role, now);
          var token =
              links.issue(tx, Purpose.RESET, user, OneTimeLinkRepository.INVITATION_GOOD_FOR, now);
          audit.record(tx, by, "added a member", address, Map.of("role", role.word()));
          return token;
        });
  }

  /** Issues a one-time link to set a new password, valid for one hour. */
  public String resetLink(Principal by, UUID user) {
    var member = member(by.workspaceId(), user);
    if (user.equals(by.userId())) {
      throw new Rejected(
          "Change your own password in My account, where it asks for the present one.");
    }
    return db.inTx(
        tx -> {
          var token =
              links.issue(tx, Purpose.RESET, user, OneTimeLinkRepository.GOOD_FOR, clock.instant());
          audit.record(tx, by, "made a password link", member.email(), Map.of());
          return token;
        });
  }

  public void changeRole(Principal by, UUID user, Role role) {
    var member = member(by.workspaceId(), user);
    db.runTx(
        tx -> {
          rows.lockUsers(tx);
          if (rows.changeRole(tx, by.workspaceId(), user, role)) {
            refuseWithoutAdmin(rows.admins(tx, by.workspaceId()));
            audit.record(tx, by, "changed a role", member.email(), Map.of("role", role.word()));
          }
        });
  }

  /** Disables a member: ends all sessions at once and refuses further sign-ins. */
  public void disable(Principal by, UUID user) {
    var member = member(by.workspaceId(), user);
    db.runTx(
        tx -> {
          rows.lockUsers(tx);
          if (rows.disable(tx, user, clock.instant())) {
            refuseWithoutAdmin(rows.admins(tx, by.workspaceId()));
            sessions.endAll(tx, user, null, clock.instant());
            audit.record(tx, by, "disabled a member", member.email(), Map.of());
          }
        });
  }

  public void enable(Principal by, UUID user) {
    var member = member(by.workspaceId(), user);
    db.runTx(
        tx -> {
          if (rows.enable(tx, user)) {
            audit.record(tx, by, "enabled a member", member.email(), Map.of());
          }
        });
  }

  private Member member(UUID workspace, UUID user) {
    return members(workspace).stream()
        .filter(member -> member.userId().equals(user))
        .findFirst()
        .orElseThrow(() -> new NotFound("There is no such member."));
  }

  private static void refuseWithoutAdmin(int admins) {
    if (admins == 0) {
      throw new Rejected(
          "This is the last administrator. Make another member administrator first.");
    }
  }

  /** Whether the token is valid for setting a password. */
  public boolean opens(String token) {
    return db.read(dsl -> links.good(dsl, Purpose.RESET, token, clock.instant()));
  }

  /**
   * Sets the password of the link's user and ends the user's sessions.
   *
   * @throws Forbidden if the link is used, expired or unknown
   * @throws Rejected for the field {@code password}
   */
  public Principal choosePassword(String token, String password) {
    var person =
        db.read(dsl -> links.user(dsl, token).flatMap(user -> rows.home(dsl, user)))
            .orElseThrow(MemberService::spent);
    rule.check(password, person.email());
    var hash = passwords.hash(password);
    db.runTx(
        tx -> {
          if (!links.take(tx, Purpose.RESET, token, clock.instant())) {
            throw spent();
          }
          rows.changePassword(tx, person.userId(), hash, clock.instant());
          KnownBrowserRepository.forget(tx, person.userId());
          sessions.endAll(tx, person.userId(), null, clock.instant());
          audit.record(tx, person, "chose a password", person.email(), Map.of());
        });
    return person;
  }

  private static Forbidden spent() {
    return new Forbidden(
        "This link has been used or has expired. Ask an administrator for a new one.");
  }

  /**
   * Changes the session user's password and ends the user's other sessions. The caller must first
   * verify the current password with {@link SignIn#confirm}.
   *
   * @throws Rejected for the field {@code password}
   */
  public void changePassword(Session session, String password) {
    var person = session.person();
    rule.check(password, person.email());
    var hash = passwords.hash(password);
    db.runTx(
        tx -> {
          rows.changePassword(tx, person.userId(), hash, clock.instant());
          KnownBrowserRepository.forget(tx, person.userId());
          sessions.endAll(tx, person.userId(), session.id(), clock.instant());
          audit.record(tx, person, "changed their password", person.email(), Map.of());
        });
  }

  /** Ends another session of the same user. */
  public void endSession(Session ended) {
    db.runTx(
        tx -> {
          sessions.end(tx, ended.id(), clock.instant());
          audit.record(tx, ended.person(), "ended a session", ended.id().shown(), Map.of());
        });
  }

  /** How long an invitation is valid, for display. */
  public static Duration invitationGoodFor() {
    return OneTimeLinkRepository.INVITATION_GOOD_FOR;
  }
}
