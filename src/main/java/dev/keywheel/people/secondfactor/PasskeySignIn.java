package dev.keywheel.people.secondfactor;

import dev.keywheel.db.Database;
import dev.keywheel.net.IpAddress;
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
import dev.keywheel.people.factor.ChallengeRepository;
import dev.keywheel.people.factor.ChallengeRepository.Purpose;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.Passkey;
import dev.keywheel.people.factor.PasskeyCeremony.Verified;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.SecretTokens;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sign-in with a passkey alone. The passkey verifies its user, so it counts as two factors. */
public final class PasskeySignIn {
  private static final String REFUSED =
      "This passkey was not accepted. Try again, or sign in with your password.";

  private final Database db;
  private final MemberRepository rows = new MemberRepository();
  private final SessionStart start;
  private final Factors factors;
  private final Audit audit;
  private final SecureRandom random;
  private final InstantSource clock;

  public PasskeySignIn(
      Database db,
      SessionStore sessions,
      Audit audit,
      Factors factors,
      SecureRandom random,
      InstantSource clock) {
    this.db = db;
    this.start = new SessionStart(sessions, new KnownBrowserRepository(random), audit);
    this.factors = factors;
    this.audit = audit;
    this.random = random;
    this.clock = clock;
  }

  /**
   * The passkey request for the browser.
   *
   * @param challenge secret for the browser's cookie
   */
  public record Started(String challenge, String json) {
    @Override
    public String toString() {
      return "Started[…]";
    }
  }

  /**
   * Begins a sign-in of a user who is not known yet.
   *
   * @param earlier the browser's challenge, which is used again while it is open
   * @throws RateLimited if too many such sign-ins are open from this network
   */
  public Started start(String earlier, Browser browser) {
    var now = clock.instant();
    var network = IpAddress.network(browser.address());
    var request = factors.ceremony().assertion();
    var challenges = factors.challenges();
    var holder = SecretTokens.hash(earlier);
    boolean again = db.read(dsl -> challenges.find(dsl, holder, Purpose.PASSKEY, now)).isPresent();
    var challenge = again ? earlier : SecretTokens.make(random, SecretTokens.SESSION_BYTES);
    var open =
        db.inTx(
            tx -> {
              if (!again
                  && challenges.countAnonymous(tx.dsl(), network, now)
                      >= ChallengeRepository.MAX_ANONYMOUS) {
                throw new RateLimited(
                    "Too many passkey sign-ins were started from your network. Sign in with your"
                        + " password, or try again in five minutes.",
                    ChallengeRepository.GOOD_FOR);
              }
              return challenges.open(
                  tx, SecretTokens.hash(challenge), Purpose.PASSKEY, null, request, network, now);
            });
    return new Started(challenge, factors.ceremony().assertionJson(String.valueOf(open.request())));
  }

  /**
   * Completes the sign-in.
   *
   * @throws Rejected if the answer is wrong or late, or the user is disabled or has no workspace
   * @throws RateLimited after too many failed attempts from this network
   */
  public SignedIn finish(String challenge, String answer, Browser browser) {
    var now = clock.instant();
    var holder = SecretTokens.hash(challenge);
    var tries = Subject.address(browser.address());
    SignInThrottle.count(db, null, "passkeys", List.of(tries), now);
    var stored =
        db.inTx(tx -> factors.challenges().take(tx, holder, Purpose.PASSKEY, now))
            .map(open -> String.valueOf(open.request()));
    var passkey =
        factors
            .ceremony()
            .credentialId(answer)
            .flatMap(id -> db.read(dsl -> factors.passkeys().byCredential(dsl, id)));
    var verified = stored.flatMap(request -> verified(request, answer, passkey));
    if (verified.isEmpty()) {
      passkey.ifPresent(known -> recordRefusal(known, browser));
      throw new Rejected(REFUSED);
    }
    try {
      return open(verified.get(), tries, browser, now);
    } catch (Rejected refused) {
      passkey.ifPresent(known -> recordRefusal(known, browser));
      throw refused;
    }
  }

  private Optional<Verified> verified(String request, String answer, Optional<Passkey> passkey) {
    return passkey.flatMap(
        known -> factors.ceremony().verifyAssertion(request, answer, List.of(known)));
  }

  private SignedIn open(Verified verified, Subject tries, Browser browser, Instant now) {
    var passkey = verified.passkey();
    return db.inTx(
        tx -> {
          if (rows.lockUser(tx, passkey.userId()).filter(user -> !user.disabled()).isEmpty()
              || !factors.passkeys().recordUse(tx, passkey.id(), verified.signCount(), now)) {
            throw new Rejected(
                REFUSED); // the user was disabled, or the passkey removed or used concurrently
          }
          SignInThrottle.withdrawFailure(tx, tries, now);
          var details =
              Map.of("address", browser.address(), "by", FactorKind.PASSKEY.label() + " alone");
          return start.open(
              tx, start.findOrJoinHome(tx, passkey.userId(), browser, now), browser, details, now);
        });
  }

  private void recordRefusal(Passkey passkey, Browser browser) {
    var details = Map.of("address", browser.address(), "by", FactorKind.PASSKEY.label());
    db.runTx(
        tx ->
            rows.lockUser(tx, passkey.userId())
                .ifPresent(
                    user ->
                        InstanceAudit.recordOwn(
                            audit, tx, user, AuditAction.SIGN_IN_REFUSED, null, details)));
  }
}
