package dev.keywheel.people;

import dev.keywheel.db.Database;
import dev.keywheel.problem.Refused;
import dev.keywheel.problem.TooMany;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From an e-mail address and a password to a session. */
public final class SignIn {
  private static final String WRONG = "The e-mail address or the password is wrong.";

  private final Database db;
  private final PeopleRows rows;
  private final Sessions sessions;
  private final Passwords passwords;
  private final LoginThrottle throttle;
  private final Audit audit;
  private final InstantSource clock;

  public SignIn(
      Database db, Sessions sessions, Audit audit, Passwords passwords, InstantSource clock) {
    this.db = db;
    this.rows = new PeopleRows();
    this.sessions = sessions;
    this.passwords = passwords;
    this.throttle = new LoginThrottle(db);
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * Signs a person in.
   *
   * @param address of the browser, as far as it is known
   * @return the new session's secret id
   * @throws Refused when the address or the password is wrong: the same text and the same time for
   *     both
   * @throws TooMany after too many wrong ones, with the time to wait
   */
  public String signIn(String email, String password, String address, String agent) {
    var now = clock.instant();
    var name = Emails.normal(email);
    refuseTooEarly(null, List.of(LoginThrottle.account(name), LoginThrottle.address(address)), now);
    var user = db.read(dsl -> rows.byEmail(dsl, name));
    if (!passwords.matches(password, user.map(UserRow::passwordHash).orElse(Passwords.NONE))
        || user.isEmpty()
        || user.get().disabled()) {
      throw failed(name, user, address, now);
    }
    return welcome(user.get(), password, address, agent, now);
  }

  private void refuseTooEarly(@Nullable String field, List<String> subjects, Instant now) {
    var wait = throttle.wait(subjects, now);
    if (!wait.isZero()) {
      throw new TooMany(
          field, "Too many wrong passwords. Try again in " + spoken(wait) + ".", wait);
    }
  }

  private Refused failed(String name, Optional<UserRow> user, String address, Instant now) {
    db.runTx(
        tx -> {
          throttle.failed(tx, LoginThrottle.account(name), LoginThrottle.FREE_FOR_ACCOUNT, now);
          throttle.failed(tx, LoginThrottle.address(address), LoginThrottle.FREE_FOR_ADDRESS, now);
          user.flatMap(found -> rows.home(tx.dsl(), found.id()))
              .ifPresent(
                  home ->
                      audit.record(
                          tx,
                          home.workspaceId(),
                          name,
                          home.userId(),
                          "sign-in refused",
                          null,
                          Map.of("address", address)));
        });
    return new Refused(WRONG);
  }

  private String welcome(UserRow user, String password, String address, String agent, Instant now) {
    return db.inTx(
        tx -> {
          var home =
              rows.home(tx.dsl(), user.id())
                  .orElseThrow(() -> new Refused("This account is not a member of any workspace."));
          throttle.succeeded(tx, LoginThrottle.account(user.email()));
          if (passwords.outdated(user.passwordHash())) {
            rows.rehash(tx, user.id(), passwords.hash(password));
          }
          audit.record(
              tx,
              home.workspaceId(),
              home.email(),
              home.userId(),
              "signed in",
              null,
              Map.of("address", address));
          return sessions.open(tx, user.id(), home.workspaceId(), address, agent, now);
        });
  }

  /**
   * Takes the password once more, for an action that asks for it. A wrong one is in the record.
   *
   * @param subject what it is asked for: the id of what is to be shown; null when it is not known
   * @param address of the browser, as far as it is known
   * @throws Refused for the field {@code password} when it is wrong
   * @throws TooMany for the same field, as {@link #signIn}
   */
  public void confirm(Session session, String password, @Nullable String subject, String address) {
    var now = clock.instant();
    var person = session.person();
    var account = LoginThrottle.account(person.email());
    refuseTooEarly("password", List.of(account), now);
    var user = db.read(dsl -> rows.byEmail(dsl, person.email()));
    if (!passwords.matches(password, user.map(UserRow::passwordHash).orElse(Passwords.NONE))) {
      throw notTheirs(person, subject, address, now);
    }
    db.runTx(
        tx -> {
          throttle.succeeded(tx, account);
          sessions.confirm(tx, session.id(), now);
        });
  }

  private Refused notTheirs(Person person, @Nullable String subject, String address, Instant now) {
    var account = LoginThrottle.account(person.email());
    db.runTx(
        tx -> {
          throttle.failed(tx, account, LoginThrottle.FREE_FOR_ACCOUNT, now);
          audit.record(tx, person, "password refused", subject, Map.of("address", address));
        });
    return new Refused("password", "This is not your password.");
  }

  /** Ends the session and says so in the record. */
  public void signOut(Session session) {
    sessions.end(session.id());
    var person = session.person();
    db.runTx(
        tx ->
            audit.record(
                tx,
                person.workspaceId(),
                person.email(),
                person.userId(),
                "signed out",
                null,
                Map.of()));
  }

  private static String spoken(Duration wait) {
    var seconds = Math.max(1, wait.plusMillis(999).toSeconds());
    if (seconds < 60) {
      return seconds == 1 ? "1 second" : seconds + " seconds";
    }
    var minutes = (seconds + 59) / 60;
    return minutes == 1 ? "1 minute" : minutes + " minutes";
  }
}
