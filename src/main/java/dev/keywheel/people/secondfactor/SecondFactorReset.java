package dev.keywheel.people.secondfactor;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.AccountService;
import dev.keywheel.people.InstanceAudit;
import dev.keywheel.people.KnownBrowserRepository;
import dev.keywheel.people.MemberRepository;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.UserRow;
import dev.keywheel.problem.Rejected;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;

/**
 * Removes the lost second factors of another user, who then signs in with the password alone. Ends
 * the user's sessions and forgets the user's browsers.
 */
public final class SecondFactorReset {
  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final SessionStore sessions;
  private final Factors factors;
  private final Audit audit;
  private final InstantSource clock;

  public SecondFactorReset(
      Database db, SessionStore sessions, Audit audit, Factors factors, InstantSource clock) {
    this.db = db;
    this.sessions = sessions;
    this.audit = audit;
    this.factors = factors;
    this.clock = clock;
  }

  /**
   * Removes the second factors of a user on behalf of an administrator.
   *
   * @throws Rejected for the administrator's own account, or if the user has no second factor
   */
  public void reset(Principal by, UUID user) {
    if (user.equals(by.userId())) {
      throw new Rejected(
          "Change your own second factor in My account. If you have lost it, ask another"
              + " administrator.");
    }
    db.runTx(
        tx -> {
          var account = AccountService.lockManagedUser(tx, by, user);
          int ended = reset(tx, account);
          var details = Map.of("sessions ended", ended);
          AccountService.record(audit, tx, by, AuditAction.RESET_SECOND_FACTOR, account, details);
          recordLoss(tx, account, by.email());
        });
  }

  /**
   * Removes the second factors of a user on behalf of the operator of the server.
   *
   * @throws Rejected if the address is unknown, or the user has no second factor
   */
  public void resetByOperator(String email) {
    db.runTx(
        tx -> {
          var user =
              rows.byEmail(tx.dsl(), email)
                  .flatMap(found -> rows.lockUser(tx, found.id()))
                  .orElseThrow(() -> new Rejected("There is no user " + email + "."));
          reset(tx, user);
          recordLoss(tx, user, "the operator of the server");
        });
  }

  private int reset(Tx tx, UserRow account) {
    if (!factors.removeAll(tx, account.id())) {
      throw new Rejected(account.email() + " has no second factor.");
    }
    KnownBrowserRepository.forget(tx, account.id());
    return sessions.endAll(tx, account.id(), null, clock.instant());
  }

  private void recordLoss(Tx tx, UserRow account, String by) {
    InstanceAudit.recordOwn(
        audit,
        tx,
        account,
        AuditAction.LOST_SECOND_FACTOR,
        account.email(),
        Map.of("reset by", by));
  }
}
