package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.KNOWN_BROWSERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import dev.keywheel.support.TestAudit;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Wrong passwords from other browsers, and the browser in which the user signed in before. */
class KnownBrowserTest {
  private static final String ADA = "ada@example.org";
  private static final String PASSWORD = "eight ducks on a pond";
  private static final String HOME = "192.0.2.1";

  @AutoClose private final TestDatabase test = TestDatabase.create();
  private final Database db = test.database();
  private final TestClock clock = new TestClock();
  private final SecureRandom random = new SecureRandom();
  private final Audit audit = TestAudit.unsigned(db, clock);
  private final Ids ids = new Ids(clock, random);
  private final SessionStore sessions = new SessionStore(db, random);
  private final CountingPasswords passwords = new CountingPasswords();
  private final FirstAdminSetup setup =
      new FirstAdminSetup(db, audit, ids, random, passwords, clock);
  private final MemberService people =
      new MemberService(db, sessions, audit, random, passwords, clock);
  private final AccountService accounts = new AccountService(db, sessions, audit, random, clock);
  private final InvitationService invitations =
      new InvitationService(db, sessions, audit, ids, random, passwords, clock);
  private final Factors factors = TestFactors.of(db, clock);
  private final SignIn signIn =
      new SignIn(db, sessions, audit, factors, random, passwords, clock, Runnable::run);
  private final Principal admin = setup.create(setup.issueToken().orElseThrow(), ADA, PASSWORD);

  @Test
  void a_thousand_guesses_from_fifty_addresses_do_not_delay_the_known_browser() {
    var token = signedIn(ADA, PASSWORD, unknown(HOME)).browser();
    passwords.compared.set(0);
    for (int i = 0; i < 1_000; i++) {
      // The owner's address is one of the fifty.
      var stranger = unknown("192.0.2." + (1 + i % 50));
      assertThatThrownBy(() -> signIn.signIn(ADA, "guess", stranger)).isInstanceOf(Rejected.class);
      if (i % 250 == 249) {
        assertThat(signIn.signIn(ADA, PASSWORD, known(token))).isNotNull();
      }
    }
    assertThat(passwords.compared).hasValue(SignInThrottle.FREE_SHARED_ATTEMPTS + 1 + 4);
    assertWaits(PASSWORD, unknown("192.0.2.99"));
    clock.tick(SignInThrottle.LONGEST_WAIT);
    assertThat(signIn.signIn(ADA, PASSWORD, unknown("192.0.2.99"))).isNotNull();
  }

  @Test
  void unknown_browsers_wait_separately_below_the_limit_of_the_account() {
    for (int i = 0; i <= SignInThrottle.FREE_ATTEMPTS; i++) {
      assertWrong(unknown("198.51.100.1"));
    }
    assertWaits(PASSWORD, unknown("198.51.100.1"));
    assertThat(signIn.signIn(ADA, PASSWORD, unknown(HOME))).isNotNull();
  }

  @Test
  void no_wait_outlasts_the_longest_one_after_the_clock_was_set_back() {
    for (int i = 0; i <= SignInThrottle.FREE_ATTEMPTS; i++) {
      assertWrong(unknown("198.51.100.1"));
    }
    assertWaits(PASSWORD, unknown("198.51.100.1"));
    clock.tick(Duration.ofDays(-1));
    assertThat(signIn.signIn(ADA, PASSWORD, unknown("198.51.100.1"))).isNotNull();
  }

  @Test
  void a_known_browser_waits_for_its_own_wrong_passwords() {
    var token = signedIn(ADA, PASSWORD, unknown(HOME)).browser();
    for (int i = 0; i <= SignInThrottle.FREE_ATTEMPTS; i++) {
      assertWrong(known(token));
    }
    assertWaits(PASSWORD, known(token));
    clock.tick(SignInThrottle.FIRST_WAIT);
    assertThat(signedIn(ADA, PASSWORD, known(token)).browser()).isEqualTo(token);
  }

  @Test
  void a_browser_is_known_to_one_account() {
    var grace = "grace@example.org";
    assertThat(invitations.accept(invitations.invite(admin, grace, Role.VIEWER), PASSWORD))
        .isPresent();
    var hers = signedIn(grace, PASSWORD, unknown(HOME)).browser();
    guessUntilCeiling();
    assertWaits(PASSWORD, known(hers));
    assertWaits(PASSWORD, known("made up"));
    clock.tick(SignInThrottle.MEMORY);
    assertThat(signedIn(ADA, PASSWORD, known("made up")).browser()).isNotEqualTo("made up");
    assertThat(signedIn(ADA, PASSWORD, known(hers)).browser()).isNotEqualTo(hers);
  }

  @Test
  void a_changed_password_forgets_all_browsers() {
    var token = signedIn(ADA, PASSWORD, unknown(HOME)).browser();
    var session =
        sessions
            .find(signedIn(ADA, PASSWORD, known(token)).session(), clock.instant())
            .orElseThrow();
    people.changePassword(session, PASSWORD + " at dawn");
    guessUntilCeiling();
    assertWaits(PASSWORD + " at dawn", known(token));
  }

  @Test
  void a_reset_password_forgets_all_browsers() {
    var grace = "grace@example.org";
    var person =
        invitations.accept(invitations.invite(admin, grace, Role.VIEWER), PASSWORD).orElseThrow();
    signIn.signIn(grace, PASSWORD, unknown(HOME));
    assertThat(browsers()).isOne();
    people.choosePassword(accounts.issuePasswordLink(admin, person.userId()).token(), PASSWORD);
    assertThat(browsers()).isZero();
  }

  @Test
  void an_account_knows_a_limited_number_of_browsers_for_a_year() {
    var first = signedIn(ADA, PASSWORD, unknown(HOME)).browser();
    for (int i = 0; i < KnownBrowserRepository.MAX_PER_USER; i++) {
      clock.tick(Duration.ofMinutes(1));
      signIn.signIn(ADA, PASSWORD, unknown(HOME));
    }
    assertThat(browsers()).isEqualTo(KnownBrowserRepository.MAX_PER_USER);
    assertThat(signedIn(ADA, PASSWORD, known(first)).browser()).isNotEqualTo(first);
    clock.tick(KnownBrowserRepository.REMEMBERED);
    signIn.sweep();
    assertThat(browsers()).isZero();
  }

  @Test
  void the_token_of_an_expired_browser_is_replaced_before_the_sweep() {
    var old = signedIn(ADA, PASSWORD, unknown(HOME)).browser();
    clock.tick(KnownBrowserRepository.REMEMBERED);
    assertThat(signedIn(ADA, PASSWORD, known(old)).browser()).isNotEqualTo(old);
  }

  @Test
  void wrong_passwords_at_the_sign_in_do_not_delay_a_confirmation() {
    var secret = signedIn(ADA, PASSWORD, unknown(HOME)).session();
    guessUntilCeiling();
    var session = sessions.find(secret, clock.instant()).orElseThrow();
    signIn.confirm(session, PASSWORD, null, HOME);
  }

  @Test
  void an_address_with_a_zero_byte_is_unknown() {
    assertThatThrownBy(() -> signIn.signIn("ada\0@example.org", PASSWORD, unknown(HOME)))
        .isInstanceOf(Rejected.class)
        .hasMessage("Wrong email or password.");
  }

  private void guessUntilCeiling() {
    for (int i = 0; i <= SignInThrottle.FREE_SHARED_ATTEMPTS; i++) {
      assertWrong(unknown("198.51.100." + i));
    }
  }

  private void assertWrong(Browser browser) {
    assertThatThrownBy(() -> signIn.signIn(ADA, "guess", browser))
        .isInstanceOf(Rejected.class)
        .isNotInstanceOf(RateLimited.class);
  }

  private void assertWaits(String password, Browser browser) {
    assertThatThrownBy(() -> signIn.signIn(ADA, password, browser)).isInstanceOf(RateLimited.class);
  }

  private int browsers() {
    return db.read(dsl -> dsl.fetchCount(KNOWN_BROWSERS));
  }

  private static Browser unknown(String address) {
    return new Browser(address, "", Optional.empty());
  }

  private static Browser known(String token) {
    return new Browser(HOME, "", Optional.of(token));
  }

  private SignedIn signedIn(String email, String password, Browser browser) {
    return (SignedIn) signIn.signIn(email, password, browser);
  }
}
