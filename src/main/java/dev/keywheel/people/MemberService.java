package dev.keywheel.people;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.db.query.PageRequest;
import dev.keywheel.people.OneTimeLinkRepository.Purpose;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Member;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.Session;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The members of a workspace, and the passwords, sessions and time zones of users. */
public final class MemberService {
  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final OneTimeLinkRepository links;
  private final Passwords passwords;
  private final PasswordPolicy policy = new PasswordPolicy();
  private final SessionStore sessions;
  private final Audit audit;
  private final InstantSource clock;

  public MemberService(
      Database db,
      SessionStore sessions,
      Audit audit,
      SecureRandom random,
      Passwords passwords,
      InstantSource clock) {
    this.db = db;
    this.links = new OneTimeLinkRepository(random);
    this.passwords = passwords;
    this.sessions = sessions;
    this.audit = audit;
    this.clock = clock;
  }

  public List<Member> members(UUID workspace) {
    return db.read(dsl -> MemberList.all(dsl, workspace));
  }

  /** Members whose addresses contain the text, first those who joined first. */
  public List<Member> page(UUID workspace, PageRequest page) {
    return db.read(dsl -> MemberList.page(dsl, workspace, page));
  }

  /**
   * Gives a member another role.
   *
   * @param seen rejects the change if the caller has not seen the member's current role
   * @throws Rejected for the last administrator of the workspace
   */
  public void changeRole(Principal by, UUID user, Role role, Consumer<Member> seen) {
    db.runTx(
        tx -> {
          rows.lockUsers(tx);
          var member = member(tx, by.workspaceId(), user);
          if (member.role() != role) {
            seen.accept(member);
            rows.changeRole(tx, by.workspaceId(), user, role);
            rows.requireAdmin(tx, by.workspaceId());
            audit.record(
                tx, by, AuditAction.CHANGED_ROLE, member.email(), Map.of("role", role.code()));
          }
        });
  }

  /**
   * Ends a membership and its rights immediately; the account remains.
   *
   * @throws Rejected for the caller, or for the last administrator of the workspace or the instance
   */
  public void remove(Principal by, UUID user) {
    if (user.equals(by.userId())) {
      throw new Rejected("Another administrator has to remove you.");
    }
    db.runTx(
        tx -> {
          rows.lockUsers(tx);
          var member = member(tx, by.workspaceId(), user);
          rows.removeMember(tx, by.workspaceId(), user);
          rows.requireAdmin(tx, by.workspaceId());
          rows.requireInstanceAdmin(tx);
          sessions.moveFrom(tx, by.workspaceId(), clock.instant());
          audit.record(
              tx,
              by,
              AuditAction.REMOVED_MEMBER,
              member.email(),
              Map.of("role", member.role().code()));
        });
  }

  private Member member(Tx tx, UUID workspace, UUID user) {
    return MemberList.find(tx.dsl(), workspace, user)
        .orElseThrow(() -> new NotFound("There is no such member."));
  }

  /** Whether the token is valid for setting a password. */
  public boolean isValidPasswordLink(String token) {
    return db.read(dsl -> links.isValid(dsl, Purpose.RESET, token, clock.instant()));
  }

  /**
   * Sets the password of the link's user, who may be in no workspace, and ends the user's sessions.
   *
   * @throws Forbidden if the link is used, expired or unknown
   * @throws Rejected for the field {@code password}
   */
  public void choosePassword(String token, String password) {
    var user =
        db.read(dsl -> links.user(dsl, token).flatMap(id -> rows.byId(dsl, id)))
            .filter(_ -> isValidPasswordLink(token)) // a used link must not cost a hash
            .orElseThrow(MemberService::spent);
    policy.check(password, user.email());
    var hash = passwords.hash(password);
    db.runTx(
        tx -> {
          rows.lockUser(tx, user.id());
          if (!links.take(tx, Purpose.RESET, token, clock.instant())) {
            throw spent();
          }
          rows.changePassword(tx, user.id(), hash, clock.instant());
          int ended = sessions.endAll(tx, user.id(), null, clock.instant());
          var details = Map.of("sessions ended", ended);
          InstanceAudit.recordOwn(
              audit, tx, user, AuditAction.CHOSE_PASSWORD, user.email(), details);
        });
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
    checkPassword(session, password);
    var hash = passwords.hash(password);
    db.runTx(
        tx -> {
          rows.lockUser(tx, person.userId());
          sessions.requireOpen(tx, session, clock.instant());
          rows.changePassword(tx, person.userId(), hash, clock.instant());
          int ended = sessions.endAll(tx, person.userId(), session.id(), clock.instant());
          audit.record(
              tx,
              person,
              AuditAction.CHANGED_PASSWORD,
              person.email(),
              Map.of("sessions ended", ended));
        });
  }

  /**
   * @throws Rejected for the field {@code password} if the new password is not allowed
   */
  public void checkPassword(Session session, String password) {
    policy.check(password, session.person().email());
  }

  /** Stores the user's time zone; null selects the time zone of the browser. */
  public void chooseTimeZone(Session session, @Nullable String zone) {
    db.runTx(tx -> sessions.chooseTimeZone(tx, session.person().userId(), zone));
  }

  /** Ends another session of the same user. */
  public void endSession(Session ended) {
    db.runTx(
        tx -> {
          sessions.end(tx, ended.id(), clock.instant());
          audit.record(tx, ended.person(), AuditAction.ENDED_SESSION, ended.id().shown(), Map.of());
        });
  }
}
