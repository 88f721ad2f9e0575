package dev.keywheel.people.secondfactor;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.MemberRepository;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.SignInThrottle;
import dev.keywheel.people.SignInThrottle.Subject;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.ChallengeRepository.Purpose;
import dev.keywheel.people.factor.EnteredCode;
import dev.keywheel.people.factor.FactorStatus;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.RecoveryCodeRepository.NewCodes;
import dev.keywheel.people.factor.SignInSettings;
import dev.keywheel.people.identity.Session;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultSealedException;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.settings.SettingsStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Sets up and removes the second factors of a session's user. Adding or removing a factor ends the
 * user's other sessions. With the first factor, the user gets recovery codes.
 */
public final class SecondFactorService {
  /** Maximum number of passkeys per user, enough for all devices of a user. */
  static final int MAX_PASSKEYS = 20;

  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final SessionStore sessions;
  private final Factors factors;
  private final SettingsStore settings;
  private final Audit audit;
  private final Ids ids;
  private final InstantSource clock;

  public SecondFactorService(
      Database db,
      SessionStore sessions,
      Factors factors,
      SettingsStore settings,
      Audit audit,
      Ids ids,
      InstantSource clock) {
    this.db = db;
    this.sessions = sessions;
    this.factors = factors;
    this.settings = settings;
    this.audit = audit;
    this.ids = ids;
    this.clock = clock;
  }

  public FactorStatus status(UUID user) {
    return db.read(dsl -> factors.status(dsl, user));
  }

  /**
   * Begins to set up an authenticator app; replaces a set-up that was not completed.
   *
   * @throws Conflict if the user already has an app
   */
  public void beginApp(Session session) {
    db.runTx(
        tx -> {
          if (factors.apps().isConfirmed(tx.dsl(), user(session))) {
            throw new Conflict(
                "Already set up", "Remove your authenticator app before you set up another one.");
          }
          factors.apps().begin(tx, user(session), clock.instant());
        });
  }

  /** The secret of the app that is being set up, in base32; empty if no set-up is in progress. */
  public Optional<String> pendingApp(UUID user) {
    return db.read(dsl -> factors.apps().pendingSecret(dsl, user));
  }

  /**
   * Completes the set-up of the app with a code that the app shows.
   *
   * @return recovery codes, to be shown once, if this is the user's first factor; otherwise empty
   * @throws Rejected for the field {@code code} if the code is wrong
   * @throws dev.keywheel.problem.RateLimited for the field {@code code} after too many wrong codes
   */
  public Optional<List<String>> confirmApp(Session session, String typed) {
    var code = new EnteredCode(typed);
    var now = clock.instant();
    var tries = Subject.session(session.id());
    SignInThrottle.count(db, "code", "codes", List.of(tries), now);
    var codes = codesForFirst(session);
    try {
      return completeApp(session, code, codes, tries, now);
    } catch (VaultSealedException sealed) {
      SignInThrottle.withdraw(db, tries, now);
      throw sealed;
    }
  }

  private Optional<List<String>> completeApp(
      Session session, EnteredCode code, Optional<NewCodes> codes, Subject tries, Instant now) {
    return db.inTx(
        tx -> {
          boolean first = lockAndCheckFirst(tx, session);
          if (!factors.apps().confirm(tx, user(session), code.text(), now)) {
            throw new Rejected(
                "code",
                "This code is wrong. Check that the clock of the device is right, and enter the code"
                    + " that it shows now.");
          }
          SignInThrottle.forget(tx, tries);
          return finishAddition(
              tx, session, first, codes, AuditAction.SET_UP_AUTHENTICATOR_APP, null);
        });
  }

  public void removeApp(Session session) {
    db.runTx(
        tx -> {
          lock(tx, session);
          if (!factors.apps().isConfirmed(tx.dsl(), user(session))) {
            throw new NotFound("There is no authenticator app to remove.");
          }
          factors.apps().remove(tx, user(session));
          finishRemoval(tx, session, AuditAction.REMOVED_AUTHENTICATOR_APP, null);
        });
  }

  /** The request for a new passkey, as JSON for the browser. */
  public String passkeyRequest(Session session) {
    var own = db.read(dsl -> factors.passkeys().of(dsl, user(session)));
    var request = factors.ceremony().registration(user(session), session.person().email(), own);
    var open =
        db.inTx(
            tx ->
                factors
                    .challenges()
                    .open(
                        tx,
                        session.id().hash(),
                        Purpose.REGISTRATION,
                        user(session),
                        request,
                        "",
                        clock.instant()));
    return factors.ceremony().registrationJson(String.valueOf(open.request()));
  }

  /**
   * Adds the passkey in the answer to {@link #passkeyRequest}.
   *
   * @return recovery codes as from {@link #confirmApp}
   * @throws Rejected for the field {@code passkey} or {@code name}
   */
  public Optional<List<String>> addPasskey(Session session, String name, String answer) {
    if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
      throw new Rejected("name", "Enter a name that tells you which passkey this is.");
    }
    SecretShape.CERTAIN.refuse("name", name);
    var now = clock.instant();
    var stored =
        db.inTx(tx -> factors.challenges().take(tx, session.id().hash(), Purpose.REGISTRATION, now))
            .flatMap(open -> Optional.ofNullable(open.request()))
            .orElseThrow(
                () -> new Rejected("passkey", "Adding a passkey took too long. Try again."));
    var passkey =
        factors.ceremony().verifyRegistration(stored, answer, ids.next(), user(session), name, now);
    var codes = codesForFirst(session);
    return db.inTx(
        tx -> {
          boolean first = lockAndCheckFirst(tx, session);
          if (factors.passkeys().of(tx.dsl(), user(session)).size() >= MAX_PASSKEYS) {
            throw new Rejected(
                "passkey", "You have " + MAX_PASSKEYS + " passkeys. Remove one first.");
          }
          if (!factors.passkeys().add(tx, passkey)) {
            throw new Rejected("passkey", "This passkey has been added already.");
          }
          return finishAddition(tx, session, first, codes, AuditAction.ADDED_PASSKEY, name);
        });
  }

  public void removePasskey(Session session, UUID id) {
    db.runTx(
        tx -> {
          lock(tx, session);
          var name =
              factors
                  .passkeys()
                  .remove(tx, user(session), id)
                  .orElseThrow(() -> new NotFound("This passkey has been removed already."));
          finishRemoval(tx, session, AuditAction.REMOVED_PASSKEY, name);
        });
  }

  /**
   * Replaces the recovery codes and returns the new ones, to be shown once.
   *
   * @throws Conflict if the user has no second factor
   */
  public List<String> replaceCodes(Session session) {
    var codes = factors.codes().make();
    db.runTx(
        tx -> {
          if (lockAndCheckFirst(tx, session)) {
            throw new Conflict(
                "No second factor", "Set up an authenticator app or a passkey first.");
          }
          factors.codes().replace(tx, user(session), codes);
          record(tx, session, AuditAction.MADE_NEW_RECOVERY_CODES, null);
        });
    return codes.codes();
  }

  /** Makes codes for a first factor; empty if there is a factor. Slow: not in a transaction. */
  private Optional<NewCodes> codesForFirst(Session session) {
    return status(user(session)).any() ? Optional.empty() : Optional.of(factors.codes().make());
  }

  /** Locks the user, and requires an open session. */
  private void lock(Tx tx, Session session) {
    rows.lockUser(tx, user(session));
    sessions.requireOpen(tx, session, clock.instant());
  }

  /** Whether the user has no factor yet. Locks as {@link #lock}. */
  private boolean lockAndCheckFirst(Tx tx, Session session) {
    lock(tx, session);
    return !factors.status(tx.dsl(), user(session)).any();
  }

  private Optional<List<String>> finishAddition(
      Tx tx,
      Session session,
      boolean first,
      Optional<NewCodes> codes,
      AuditAction action,
      @Nullable String subject) {
    endOthers(tx, session);
    Optional<NewCodes> made = first ? codes : Optional.empty();
    if (first && made.isEmpty()) {
      throw new Conflict(
          "Changed since you opened it", "Your other factor was removed. Start again.");
    }
    made.ifPresent(fresh -> factors.codes().replace(tx, user(session), fresh));
    record(tx, session, action, subject);
    return made.map(NewCodes::codes);
  }

  private void finishRemoval(Tx tx, Session session, AuditAction action, @Nullable String subject) {
    endOthers(tx, session);
    if (!factors.status(tx.dsl(), user(session)).any()) {
      if (SignInSettings.of(settings, tx).secondFactorForAdmins()
          && rows.administers(tx.dsl(), user(session))) {
        throw new Rejected(
            "Administrators need a second factor here. Set up another one, then remove this one.");
      }
      factors.codes().removeAll(tx, user(session));
    }
    record(tx, session, action, subject);
  }

  private void endOthers(Tx tx, Session session) {
    sessions.endAll(tx, user(session), session.id(), clock.instant());
    factors.challenges().endAll(tx, user(session));
  }

  private void record(Tx tx, Session session, AuditAction action, @Nullable String subject) {
    audit.record(tx, session.person(), action, subject, Map.of());
  }

  private static UUID user(Session session) {
    return session.person().userId();
  }
}
