package dev.keywheel.people;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.net.IpAddress;
import dev.keywheel.people.SignInThrottle.Subject;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.ChallengeRepository.Purpose;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.EmailAddress;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.SecretTokens;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.identity.UserRow;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sign-in with an email address and a password. */
public final class SignIn {
  private static final Logger log = LoggerFactory.getLogger(SignIn.class);
  private static final UUID NO_USER = new UUID(0, 0);
  private static final int LONGEST_NAME = 100;
  private static final String WRONG_EMAIL_OR_PASSWORD = "Wrong email or password.";

  private final Database db;
  private final MemberRepository rows;
  private final SessionStore sessions;
  private final KnownBrowserRepository browsers;
  private final SessionStart start;
  private final Factors factors;
  private final SecureRandom random;
  private final Passwords passwords;
  private final Audit audit;
  private final InstantSource clock;
  private final Executor deferredWrites;

  /**
   * @param deferredWrites runs tasks that a refused browser must not wait for
   */
  public SignIn(
      Database db,
      SessionStore sessions,
      Audit audit,
      Factors factors,
      SecureRandom random,
      Passwords passwords,
      InstantSource clock,
      Executor deferredWrites) {
    this.db = db;
    this.rows = new MemberRepository();
    this.sessions = sessions;
    this.browsers = new KnownBrowserRepository(random);
    this.start = new SessionStart(sessions, browsers, audit);
    this.factors = factors;
    this.random = random;
    this.passwords = passwords;
    this.audit = audit;
    this.clock = clock;
    this.deferredWrites = deferredWrites;
  }

  /**
   * Signs a user in, or asks for the second factor.
   *
   * @return the secrets for the browser
   * @throws Rejected if the address or password is wrong, or the user is disabled, each with the
   *     same message and response time; or if the user has no workspace
   * @throws RateLimited after too many failed attempts, with the time to wait
   */
  public SignInResult signIn(String email, String password, Browser browser) {
    var now = clock.instant();
    var name = EmailAddress.normal(email);
    if (name.indexOf('\0') >= 0) {
      throw new Rejected(WRONG_EMAIL_OR_PASSWORD); // PostgreSQL cannot store a NUL
    }
    var user = db.read(dsl -> rows.byEmail(dsl, email));
    var subjects = subjects(name, user, browser, now);
    SignInThrottle.count(db, null, "passwords", subjects, now);
    if (!passwords.matches(password, user.map(UserRow::passwordHash).orElse(Passwords.NONE))
        || user.isEmpty()
        || user.get().disabled()) {
      throw recordRefusal(name, user, browser.address());
    }
    return welcome(user.get(), rehashed(user.get(), password), browser, subjects, now);
  }

  private List<Subject> subjects(
      String name, Optional<UserRow> user, Browser browser, Instant now) {
    return browser
        .token()
        .filter(token -> known(user, token, now))
        .map(token -> List.of(Subject.browser(token)))
        .orElseGet(
            () ->
                List.of(
                    Subject.accountFrom(name, browser.address()),
                    Subject.account(name),
                    Subject.address(browser.address())));
  }

  /** Also queries for an unknown user, so that the response time does not reveal who exists. */
  private boolean known(Optional<UserRow> user, String token, Instant now) {
    var id = user.map(UserRow::id).orElse(NO_USER);
    return db.read(dsl -> browsers.knows(dsl, id, token, now));
  }

  /**
   * Records the refusal without delaying the response. Refusals for existing accounts are always
   * recorded, those for unknown names only up to a limit; the response time must not reveal the
   * difference.
   */
  private Rejected recordRefusal(String name, Optional<UserRow> user, String address) {
    deferredWrites.execute(() -> record(name, user, Map.of("address", address)));
    return new Rejected(WRONG_EMAIL_OR_PASSWORD);
  }

  private void record(String name, Optional<UserRow> user, Map<String, String> details) {
    var action = AuditAction.SIGN_IN_REFUSED;
    if (user.isEmpty()) {
      var shown = attemptedName(name);
      audit.recordRefusal(Optional.empty(), "anonymous", action, shown, details);
      return;
    }
    try {
      db.runTx(tx -> InstanceAudit.recordOwn(audit, tx, user.get(), action, null, details));
    } catch (RuntimeException e) {
      log.error("The audit log cannot be written: {} by {}", action.text(), name, e);
    }
  }

  /**
   * The name of a refused sign-in, for the audit log. A name that may be a password or a key is
   * replaced by its length: any except a short email address that does not look like a key.
   */
  private static String attemptedName(String name) {
    boolean address = isAddress(name);
    return address && name.length() <= LONGEST_NAME && !SecretShape.POSSIBLE.isIn(name)
        ? name
        : (address ? "an email address, " : "not an email address, ")
            + name.length()
            + (name.length() == 1 ? " character" : " characters");
  }

  private static boolean isAddress(String name) {
    try {
      EmailAddress.checked(name);
      return name.indexOf('.', name.indexOf('@')) > 0;
    } catch (Rejected malformed) {
      return false;
    }
  }

  private Optional<String> rehashed(UserRow user, String password) {
    return passwords.outdated(user.passwordHash())
        ? Optional.of(passwords.hash(password))
        : Optional.empty();
  }

  /** Withdraws the failures first, so that a user without a workspace does not have to wait. */
  private SignInResult welcome(
      UserRow user,
      Optional<String> rehashed,
      Browser browser,
      List<Subject> subjects,
      Instant now) {
    db.runTx(
        tx -> {
          refuseChanged(tx, user, new Rejected(WRONG_EMAIL_OR_PASSWORD));
          SignInThrottle.forget(tx, subjects.getFirst());
          subjects.stream()
              .skip(1)
              .forEach(shared -> SignInThrottle.withdrawFailure(tx, shared, now));
        });
    return db.inTx(
        tx -> {
          refuseChanged(tx, user, new Rejected(WRONG_EMAIL_OR_PASSWORD));
          rehashed.ifPresent(hash -> rows.rehash(tx, user.id(), hash));
          return factors.status(tx.dsl(), user.id()).any()
              ? askSecondFactor(tx, user, browser, now)
              : start.open(
                  tx,
                  start.findOrJoinHome(tx, user.id(), browser, now),
                  browser,
                  Map.of("address", browser.address()),
                  now);
        });
  }

  private SignInResult askSecondFactor(Tx tx, UserRow user, Browser browser, Instant now) {
    var challenge = SecretTokens.make(random, SecretTokens.SESSION_BYTES);
    var network = IpAddress.network(browser.address());
    factors
        .challenges()
        .open(
            tx, SecretTokens.hash(challenge), Purpose.SECOND_FACTOR, user.id(), null, network, now);
    return new SignInResult.SecondFactorNeeded(challenge);
  }

  /**
   * Throws {@code rejected} if the user was disabled or deleted, or the password was changed, after
   * {@code compared} was read. Locks the user until the transaction ends.
   */
  private void refuseChanged(Tx tx, UserRow compared, Rejected rejected) {
    var now = rows.lockUser(tx, compared.id());
    if (now.isEmpty()
        || now.get().disabled()
        || !now.get().passwordHash().equals(compared.passwordHash())) {
      throw rejected;
    }
  }

  /**
   * Checks the password again before a protected action. A wrong password is recorded in the audit
   * log.
   *
   * @param subject id of the key whose secret is to be shown; null for other actions
   * @param address the address of the browser; may be empty
   * @throws Rejected for the field {@code password} if it is wrong
   * @throws RateLimited for the field {@code password} after too many failed attempts
   */
  public void confirm(Session session, String password, @Nullable String subject, String address) {
    var now = clock.instant();
    var person = session.person();
    var tries = Subject.session(session.id());
    SignInThrottle.count(db, "password", "passwords", List.of(tries), now);
    var user =
        db.read(dsl -> rows.byId(dsl, person.userId()))
            .filter(found -> passwords.matches(password, found.passwordHash()))
            .orElseThrow(() -> recordPasswordRefusal(person, subject, address));
    db.runTx(
        tx -> {
          refuseChanged(tx, user, wrongPassword());
          SignInThrottle.forget(tx, tries);
          sessions.confirm(tx, session.id(), now);
        });
  }

  private Rejected recordPasswordRefusal(
      Principal person, @Nullable String subject, String address) {
    db.runTx(
        tx ->
            audit.record(
                tx, person, AuditAction.PASSWORD_REFUSED, subject, Map.of("address", address)));
    return wrongPassword();
  }

  private static Rejected wrongPassword() {
    return new Rejected("password", "Wrong password.");
  }

  /** Ends the session and records it in the audit log. */
  public void signOut(Session session) {
    db.runTx(
        tx -> {
          sessions.end(tx, session.id(), clock.instant());
          audit.record(tx, session.person(), AuditAction.SIGNED_OUT, null, Map.of());
        });
  }

  /** Removes expired attempts, known browsers and challenges. */
  public void sweep() {
    db.runTx(
        tx -> {
          SignInThrottle.sweep(tx, clock.instant());
          KnownBrowserRepository.sweep(tx, clock.instant());
          factors.challenges().sweep(tx, clock.instant());
        });
  }
}
