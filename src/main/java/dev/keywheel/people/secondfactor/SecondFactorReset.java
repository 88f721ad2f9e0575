package dev.keywheel.people.secondfactor;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.AccountService;
import dev.keywheel.people.KnownBrowserRepository;
import dev.keywheel.people.MemberRepository;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.identity.EmailAddress;
import dev.keywheel.people.identity.Principal;
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
   * By an administrator.
   *
   * @throws Rejected for one's own, or if there is none
   * @throws dev.keywheel.problem.Forbidden as {@link AccountService#managed}
   */
  public void reset(Principal by, UUID user) {
    if (user.equals(by.userId())) {
      throw new Rejected(
          "Change your own second factor in My account. If you have lost it, ask another"
              + " administrator.");
    }
    db.runTx(
        tx -> {
          var member = AccountService.managed(tx, by, user).email();
          reset(tx, user, member);
          audit.record(tx, by, "reset a second factor", member, Map.of());
          audit.record(
              tx,
              by.workspaceId(),
              member,
              user,
              "lost the second factor",
              member,
              Map.of("reset by", by.email()));
        });
  }

  /**
   * By the operator of this server, for the only administrator.
   *
   * @throws Rejected for an unknown address, or if there is no factor
   */
  public void resetByOperator(String email) {
    var name = EmailAddress.normal(email);
    db.runTx(
        tx -> {
          var user =
              rows.byEmail(tx.dsl(), name)
                  .orElseThrow(() -> new Rejected("There is no user " + name + "."));
          reset(tx, user.id(), name);
          rows.home(tx.dsl(), user.id())
              .ifPresent(
                  home ->
                      audit.record(
                          tx,
                          home.workspaceId(),
                          name,
                          user.id(),
                          "lost the second factor",
                          name,
                          Map.of("reset by", "the operator of the server")));
        });
  }

  private void reset(Tx tx, UUID user, String email) {
    rows.locked(tx, user);
    if (!factors.removeAll(tx, user)) {
      throw new Rejected(email + " has no second factor.");
    }
    sessions.endAll(tx, user, null, clock.instant());
    KnownBrowserRepository.forget(tx, user);
  }
}
