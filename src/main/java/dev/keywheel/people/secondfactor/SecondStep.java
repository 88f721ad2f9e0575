package dev.keywheel.people.secondfactor;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.InstanceAudit;
import dev.keywheel.people.KnownBrowserRepository;
import dev.keywheel.people.MemberRepository;
import dev.keywheel.people.SessionStart;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.SignInThrottle;
import dev.keywheel.people.SignInThrottle.Subject;
import dev.keywheel.people.SignedIn;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.ChallengeRepository.Challenge;
import dev.keywheel.people.factor.ChallengeRepository.Purpose;
import dev.keywheel.people.factor.EnteredCode;
import dev.keywheel.people.factor.FactorStatus;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.PasskeyCeremony.Verified;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.SecretTokens;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultSealedException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** The second step of a sign-in: a code or a passkey, after the right password. */
public final class SecondStep {
  /** The field of an error after which the user has to start the sign-in again. */
  public static final String ENDED = "ended";

  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final KnownBrowserRepository browsers;
  private final SessionStart start;
  private final Factors factors;
  private final Audit audit;
  private final InstantSource clock;

  public SecondStep(
      Database db,
      SessionStore sessions,
      Audit audit,
      Factors factors,
      SecureRandom random,
      InstantSource clock) {
    this.db = db;
    this.browsers = new KnownBrowserRepository(random);
    this.start = new SessionStart(sessions, browsers, audit);
    this.factors = factors;
    this.audit = audit;
    this.clock = clock;
  }

  /** The factors of the user of this challenge; empty if the challenge has ended. */
  public Optional<FactorStatus> offeredFactors(String challenge) {
    var found = find(SecretTokens.hash(challenge), clock.instant());
    return found.map(open -> db.read(dsl -> factors.status(dsl, user(open))));
  }

  /**
   * Completes the sign-in with a code of the app or with a recovery code.
   *
   * @throws Rejected for the field {@code code} if it is wrong or was used before; for the field
   *     {@link #ENDED} if the challenge has ended
   * @throws RateLimited for the field {@code code} after too many failed attempts
   */
  public SignedIn completeWithCode(String challenge, String typed, Browser browser) {
    var now = clock.instant();
    var holder = SecretTokens.hash(challenge);
    var open = open(holder, now);
    var code = new EnteredCode(typed);
    var tries = tries(user(open), browser, now);
    SignInThrottle.count(db, "code", "codes", List.of(tries), now);
    var done =
        withdrawIfRejected(
            tries,
            now,
            () ->
                code.isAppCode()
                    ? appCode(holder, open, code, browser, now)
                    : recoveryCode(holder, open, code, browser, now));
    var kind = code.isAppCode() ? FactorKind.APP : FactorKind.RECOVERY_CODE;
    return done.orElseThrow(
        () -> recordRefusal(open, browser, kind, "code", "This code is wrong or was used before."));
  }

  /** Withdraws the counted attempt if it is rejected although nothing wrong was entered. */
  private Optional<SignedIn> withdrawIfRejected(
      Subject tries, Instant now, Supplier<Optional<SignedIn>> attempt) {
    try {
      return attempt.get();
    } catch (Rejected rejected) {
      SignInThrottle.withdraw(db, tries, now);
      throw rejected;
    }
  }

  private Optional<SignedIn> appCode(
      byte[] holder, Challenge open, EnteredCode code, Browser browser, Instant now) {
    try {
      return db.inTx(
          tx -> {
            requireEnabled(tx, open);
            return factors.apps().use(tx, user(open), code.text(), now)
                ? Optional.of(complete(tx, holder, open, browser, FactorKind.APP, now))
                : Optional.empty();
          });
    } catch (VaultSealedException sealed) {
      throw new Rejected(
          "code",
          "Codes of the app cannot be checked while the vault is sealed. Use a passkey or a recovery"
              + " code.");
    }
  }

  private Optional<SignedIn> recoveryCode(
      byte[] holder, Challenge open, EnteredCode code, Browser browser, Instant now) {
    var salt = db.read(dsl -> factors.codes().salt(dsl, user(open)));
    if (salt.isEmpty()) {
      return Optional.empty();
    }
    var hashed = factors.codes().hash(code, salt.get());
    return db.inTx(
        tx -> {
          requireEnabled(tx, open);
          return factors.codes().use(tx, user(open), hashed, now)
              ? Optional.of(complete(tx, holder, open, browser, FactorKind.RECOVERY_CODE, now))
              : Optional.empty();
        });
  }

  /**
   * The passkey request, as JSON for the browser. It stays the same until it is answered, so that a
   * prompt in another tab can be answered.
   *
   * @throws Rejected for the field {@link #ENDED} if the challenge has ended
   */
  public String passkeyRequest(String challenge) {
    var now = clock.instant();
    var holder = SecretTokens.hash(challenge);
    var open = open(holder, now);
    var own = db.read(dsl -> factors.passkeys().of(dsl, user(open)));
    var request = factors.ceremony().assertion(user(open), own);
    return db.inTx(
            tx -> factors.challenges().addRequest(tx, holder, Purpose.SECOND_FACTOR, request, now))
        .map(factors.ceremony()::assertionJson)
        .orElseThrow(SecondStep::ended);
  }

  /**
   * Like {@link #completeWithCode}, but with a passkey; errors are for the field {@code passkey}.
   */
  public SignedIn completeWithPasskey(String challenge, String answer, Browser browser) {
    var now = clock.instant();
    var holder = SecretTokens.hash(challenge);
    var open = open(holder, now);
    var tries = tries(user(open), browser, now);
    SignInThrottle.count(db, "passkey", "passkeys", List.of(tries), now);
    var own = db.read(dsl -> factors.passkeys().of(dsl, user(open)));
    db.runTx(tx -> factors.challenges().removeRequest(tx, holder, Purpose.SECOND_FACTOR));
    return Optional.ofNullable(open.request())
        .flatMap(stored -> factors.ceremony().verifyAssertion(stored, answer, own))
        .flatMap(
            verified ->
                withdrawIfRejected(
                    tries, now, () -> completeWithPasskey(holder, open, verified, browser, now)))
        .orElseThrow(
            () ->
                recordRefusal(
                    open,
                    browser,
                    FactorKind.PASSKEY,
                    "passkey",
                    "This passkey was not accepted."));
  }

  /** Completes the sign-in; empty if the passkey was removed or used concurrently. */
  private Optional<SignedIn> completeWithPasskey(
      byte[] holder, Challenge open, Verified verified, Browser browser, Instant now) {
    return db.inTx(
        tx -> {
          requireEnabled(tx, open);
          return factors
                  .passkeys()
                  .recordUse(tx, verified.passkey().id(), verified.signCount(), now)
              ? Optional.of(complete(tx, holder, open, browser, FactorKind.PASSKEY, now))
              : Optional.empty();
        });
  }

  private Optional<Challenge> find(byte[] holder, Instant now) {
    return db.read(dsl -> factors.challenges().find(dsl, holder, Purpose.SECOND_FACTOR, now));
  }

  private Challenge open(byte[] holder, Instant now) {
    return find(holder, now).orElseThrow(SecondStep::ended);
  }

  /** Rejects the step if the user was disabled after the first step. */
  private void requireEnabled(Tx tx, Challenge open) {
    if (rows.lockUser(tx, user(open)).filter(user -> !user.disabled()).isEmpty()) {
      throw ended();
    }
  }

  private SignedIn complete(
      Tx tx, byte[] holder, Challenge open, Browser browser, FactorKind factor, Instant now) {
    if (!factors.challenges().end(tx, holder, Purpose.SECOND_FACTOR)) {
      throw ended();
    }
    SignInThrottle.forget(tx, tries(tx, user(open), browser, now));
    var home = start.findOrJoinHome(tx, user(open), browser, now);
    var details = Map.of("address", browser.address(), "second factor", factor.label());
    if (factor != FactorKind.RECOVERY_CODE) {
      return start.open(tx, home, browser, details, now);
    }
    int left = factors.codes().countUnused(tx.dsl(), user(open));
    audit.record(tx, home.person(), AuditAction.USED_RECOVERY_CODE, null, Map.of("left", left));
    return start.open(tx, home, browser, details, now).withCodesLeft(left);
  }

  private Subject tries(UUID user, Browser browser, Instant now) {
    return db.inTx(tx -> tries(tx, user, browser, now));
  }

  /** The counter of attempts: a known browser has its own, so codes from elsewhere do not count. */
  private Subject tries(Tx tx, UUID user, Browser browser, Instant now) {
    return browser
        .token()
        .filter(token -> browsers.knows(tx.dsl(), user, token, now))
        .map(Subject::codeFrom)
        .orElseGet(() -> Subject.code(user));
  }

  private Rejected recordRefusal(
      Challenge open, Browser browser, FactorKind kind, String field, String sentence) {
    var details = Map.of("address", browser.address(), "kind", kind.label());
    db.runTx(
        tx ->
            rows.lockUser(tx, user(open))
                .ifPresent(
                    user ->
                        InstanceAudit.recordOwn(
                            audit, tx, user, AuditAction.SECOND_FACTOR_REFUSED, null, details)));
    return new Rejected(field, sentence);
  }

  private static UUID user(Challenge open) {
    UUID user = open.user();
    if (user == null) {
      throw new IllegalStateException("A second step without a user");
    }
    return user;
  }

  /** The error after which the user has to start the sign-in again. */
  public static Rejected ended() {
    return new Rejected(
        ENDED,
        "This sign-in has ended: it was completed, or took more than five minutes. Start again.");
  }
}
