package dev.keywheel.people.secondfactor;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.MemberRepository;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.SignInThrottle;
import dev.keywheel.people.SignInThrottle.Subject;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.ChallengeRepository.Purpose;
import dev.keywheel.people.factor.EnteredCode;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.PasskeyCeremony.Verified;
import dev.keywheel.people.identity.Session;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultSealedException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Confirms with a code of the app or a passkey that the user of a session is present, as {@link
 * SignIn#confirm} does with the password.
 */
public final class StepUp {
  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final SessionStore sessions;
  private final Factors factors;
  private final Audit audit;
  private final InstantSource clock;

  public StepUp(
      Database db, SessionStore sessions, Audit audit, Factors factors, InstantSource clock) {
    this.db = db;
    this.sessions = sessions;
    this.factors = factors;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * Confirms with a code of the app.
   *
   * @throws Rejected for the field {@code code} if it is wrong or was used before, or if the vault
   *     is sealed
   * @throws RateLimited for the field {@code code} after too many failed attempts
   */
  public void confirmWithCode(Session session, String typed, String address) {
    var now = clock.instant();
    var code = new EnteredCode(typed);
    count(session, "code", "codes", now);
    if (!useCode(session, code, now)) {
      throw recordRefusal(
          session, FactorKind.APP, address, "code", "This code is wrong or was used before.");
    }
  }

  private boolean useCode(Session session, EnteredCode code, Instant now) {
    try {
      return db.inTx(
          tx -> {
            rows.lockUser(tx, session.person().userId());
            var used = factors.apps().use(tx, session.person().userId(), code.text(), now);
            if (used) {
              storeConfirmation(tx, session, now);
            }
            return used;
          });
    } catch (VaultSealedException sealed) {
      SignInThrottle.withdraw(db, Subject.session(session.id()), now);
      throw new Rejected(
          "code",
          "Codes of the app cannot be checked while the vault is sealed. Use a passkey or your"
              + " password.");
    }
  }

  /** The passkey request, as JSON for the browser. */
  public String passkeyRequest(Session session) {
    var now = clock.instant();
    var user = session.person().userId();
    var request =
        factors.ceremony().assertion(user, db.read(dsl -> factors.passkeys().of(dsl, user)));
    var open =
        db.inTx(
            tx ->
                factors
                    .challenges()
                    .open(tx, session.id().hash(), Purpose.CONFIRMATION, user, request, "", now));
    return factors.ceremony().assertionJson(String.valueOf(open.request()));
  }

  /**
   * Like {@link #confirmWithCode}, but with a passkey; errors are for the field {@code passkey}.
   */
  public void confirmWithPasskey(Session session, String answer, String address) {
    var now = clock.instant();
    var user = session.person().userId();
    count(session, "passkey", "passkeys", now);
    var holder = session.id().hash();
    var stored =
        db.inTx(tx -> factors.challenges().take(tx, holder, Purpose.CONFIRMATION, now))
            .flatMap(open -> Optional.ofNullable(open.request()));
    var own = db.read(dsl -> factors.passkeys().of(dsl, user));
    boolean right =
        stored
            .flatMap(request -> factors.ceremony().verifyAssertion(request, answer, own))
            .filter(verified -> db.inTx(tx -> usePasskey(tx, session, verified, now)))
            .isPresent();
    if (!right) {
      throw recordRefusal(
          session,
          FactorKind.PASSKEY,
          address,
          "passkey",
          "This passkey was not accepted. Try again.");
    }
  }

  /** Stores the confirmation; false if the passkey was removed or used concurrently. */
  private boolean usePasskey(Tx tx, Session session, Verified verified, Instant now) {
    rows.lockUser(tx, session.person().userId());
    if (!factors.passkeys().recordUse(tx, verified.passkey().id(), verified.signCount(), now)) {
      return false;
    }
    storeConfirmation(tx, session, now);
    return true;
  }

  private void storeConfirmation(Tx tx, Session session, Instant now) {
    SignInThrottle.forget(tx, Subject.session(session.id()));
    sessions.confirm(tx, session.id(), now);
  }

  private void count(Session session, String field, String what, Instant now) {
    SignInThrottle.count(db, field, what, List.of(Subject.session(session.id())), now);
  }

  private Rejected recordRefusal(
      Session session, FactorKind kind, String address, String field, String sentence) {
    db.runTx(
        tx ->
            audit.record(
                tx,
                session.person(),
                AuditAction.SECOND_FACTOR_REFUSED,
                null,
                Map.of("address", address, "kind", kind.label())));
    return new Rejected(field, sentence);
  }
}
