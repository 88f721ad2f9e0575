package dev.keywheel.people;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.db.query.PageRequest;
import dev.keywheel.people.OneTimeLinkRepository.Purpose;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Account;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.UserRow;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Manages the accounts of users, which are valid in all workspaces: password links, disabling,
 * instance administration. The caller is an instance administrator, or an administrator of a
 * workspace outside which the user has no rights.
 */
public final class AccountService {
  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final OneTimeLinkRepository links;
  private final SessionStore sessions;
  private final Audit audit;
  private final InstantSource clock;

  public AccountService(
      Database db, SessionStore sessions, Audit audit, SecureRandom random, InstantSource clock) {
    this.db = db;
    this.links = new OneTimeLinkRepository(random);
    this.sessions = sessions;
    this.audit = audit;
    this.clock = clock;
  }

  /** Accounts whose addresses contain the text, by address. */
  public List<Account> page(PageRequest page) {
    return db.read(dsl -> new WorkspaceRepository().accounts(dsl, page));
  }

  /** The token of a one-time link to set a new password, and the email address of its user. */
  public record PasswordLink(String token, String email) {
    @Override
    public String toString() {
      return "PasswordLink for " + email;
    }
  }

  /**
   * Issues a one-time link to set a new password, valid for one hour.
   *
   * @throws Rejected for the caller's own account
   */
  public PasswordLink issuePasswordLink(Principal by, UUID user) {
    return db.inTx(
        tx -> {
          var account = lockManagedUser(tx, by, user);
          if (user.equals(by.userId())) {
            throw new Rejected(
                "Change your own password in My account, which asks for the current one.");
          }
          var token = links.issue(tx, Purpose.RESET, user, clock.instant());
          record(audit, tx, by, AuditAction.MADE_PASSWORD_LINK, account, Map.of());
          return new PasswordLink(token, account.email());
        });
  }

  /**
   * Issues a password link on behalf of the operator of the server.
   *
   * @return the token of the link
   * @throws Rejected if the address is unknown
   */
  public String issuePasswordLinkByOperator(String email) {
    return db.inTx(
        tx -> {
          var account =
              rows.byEmail(tx.dsl(), email)
                  .orElseThrow(() -> new Rejected("There is no user " + email + "."));
          audit.record(
              tx,
              WorkspaceIds.ensureInstance(tx),
              "the operator of the server",
              null,
              AuditAction.MADE_PASSWORD_LINK,
              account.email(),
              Map.of());
          return links.issue(tx, Purpose.RESET, account.id(), clock.instant());
        });
  }

  /**
   * Disables an account: ends all sessions immediately and refuses further sign-ins.
   *
   * @throws Rejected for the last administrator of the instance or of a workspace that is not
   *     archived
   */
  public void disable(Principal by, UUID user) {
    db.runTx(
        tx -> {
          var account = lockManagedUser(tx, by, user);
          if (rows.disable(tx, user, clock.instant())) {
            requireOtherAdmins(tx, account);
            rows.requireInstanceAdmin(tx);
            int ended = sessions.endAll(tx, user, null, clock.instant());
            var details = Map.of("sessions ended", ended);
            record(audit, tx, by, AuditAction.DISABLED_MEMBER, account, details);
          }
        });
  }

  /**
   * Checks that each workspace of a disabled user that is not archived has another administrator.
   * An archived one gets an administrator when it is restored ({@link WorkspaceService#restore}).
   */
  private void requireOtherAdmins(Tx tx, UserRow disabled) {
    for (var workspace : new WorkspaceRepository().enterable(tx.dsl(), disabled.id())) {
      if (!rows.hasAdmin(tx, workspace.id())) {
        throw new Rejected(
            "%s is the last administrator of %s. First make another member an administrator."
                .formatted(disabled.email(), workspace.name()));
      }
    }
  }

  public void enable(Principal by, UUID user) {
    db.runTx(
        tx -> {
          var account = lockManagedUser(tx, by, user);
          if (rows.enable(tx, user)) {
            record(audit, tx, by, AuditAction.ENABLED_MEMBER, account, Map.of());
          }
        });
  }

  /**
   * Grants or revokes the rights of an instance administrator. The caller must be one.
   *
   * @throws Rejected if no instance administrator could sign in afterwards
   */
  public void setInstanceAdmin(Principal by, UUID user, boolean value) {
    db.runTx(
        tx -> {
          var account = lockManagedUser(tx, by, user);
          if (rows.setInstanceAdmin(tx, user, value)) {
            rows.requireInstanceAdmin(tx);
            var action =
                value
                    ? AuditAction.APPOINTED_INSTANCE_ADMINISTRATOR
                    : AuditAction.DISMISSED_INSTANCE_ADMINISTRATOR;
            InstanceAudit.record(audit, tx, by, action, account.email(), Map.of());
          }
        });
  }

  /**
   * Locks the users table and checks that {@code by} may manage this account.
   *
   * @throws NotFound if {@code by} may not see the account
   * @throws Forbidden if the account has rights beyond the workspace of {@code by}
   */
  public static UserRow lockManagedUser(Tx tx, Principal by, UUID user) {
    var rows = new MemberRepository();
    rows.lockUsers(tx);
    var account =
        rows.lockUser(tx, user)
            .filter(
                _ -> by.instanceAdmin() || rows.workspacesOf(tx, user).contains(by.workspaceId()));
    if (account.isEmpty()) {
      throw new NotFound("There is no such member.");
    }
    if (!by.instanceAdmin() && rows.hasRightsElsewhere(tx, user, by.workspaceId())) {
      throw new Forbidden("An instance administrator manages this account.");
    }
    return account.get();
  }

  /**
   * Records an action in the workspace of {@code by} if it is the account's only workspace;
   * otherwise in the log of the instance.
   */
  public static void record(
      Audit audit,
      Tx tx,
      Principal by,
      AuditAction action,
      UserRow account,
      Map<String, ?> details) {
    if (new MemberRepository().workspacesOf(tx, account.id()).equals(List.of(by.workspaceId()))) {
      audit.record(tx, by, action, account.email(), details);
    } else {
      InstanceAudit.record(audit, tx, by, action, account.email(), details);
    }
  }
}
