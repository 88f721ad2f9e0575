package dev.keywheel.people;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static dev.keywheel.db.schema.Tables.MEMBERS;
import static dev.keywheel.db.schema.Tables.SESSIONS;
import static dev.keywheel.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.factor.Factors;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.problem.Forbidden;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import dev.keywheel.support.TestAudit;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.ExecuteListener;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The first administrator, passwords and waits, without HTTP. */
class SignInTest {
  private static final String PASSWORD = "eight ducks on a pond";

  @AutoClose private final TestDatabase test = TestDatabase.create();
  private final Database db = test.database();
  private final TestClock clock = new TestClock();
  private final SecureRandom random = new SecureRandom();
  private final Audit audit = TestAudit.unsigned(db, clock);
  private final SessionStore sessions = new SessionStore(db, random);
  private final Passwords passwords = CheapPasswords.get();
  private final FirstAdminSetup firstAdminSetup =
      new FirstAdminSetup(db, audit, new Ids(clock, random), random, passwords, clock);
  private final Factors factors = TestFactors.of(db, clock);
  private final SignIn signIn =
      new SignIn(db, sessions, audit, factors, random, passwords, clock, Runnable::run);

  @Test
  void a_set_up_link_is_valid_once_and_for_an_hour() {
    var token = firstAdminSetup.issueToken().orElseThrow();
    assertThat(token).hasSize(22);
    assertThat(firstAdminSetup.isValidToken(token)).isTrue();
    assertThat(firstAdminSetup.isValidToken("guess")).isFalse();
    clock.tick(Duration.ofMinutes(61));
    assertThat(firstAdminSetup.isValidToken(token)).isFalse();
    assertThatThrownBy(() -> firstAdminSetup.create(token, "ada@example.org", PASSWORD))
        .isInstanceOf(Forbidden.class);

    var fresh = firstAdminSetup.issueToken().orElseThrow();
    firstAdminSetup.create(fresh, "Ada@Example.org", PASSWORD);
    assertThatThrownBy(() -> firstAdminSetup.create(fresh, "eve@example.org", PASSWORD))
        .isInstanceOf(Forbidden.class);
    assertThat(firstAdminSetup.issueToken()).isEmpty();
    assertThat(firstAdminSetup.needed()).isFalse();
  }

  @Test
  void a_wrong_set_up_link_causes_no_strength_estimate_and_no_hash() {
    var counting = new CountingPasswords();
    int before = counting.hashed;
    var setup = new FirstAdminSetup(db, audit, new Ids(clock, random), random, counting, clock);
    for (var password : List.of("too weak", PASSWORD)) {
      assertThatThrownBy(() -> setup.create("guess", "ada@example.org", password))
          .isInstanceOf(Forbidden.class);
    }
    assertThat(counting.hashed).isEqualTo(before);
  }

  @Test
  void concurrent_uses_of_the_set_up_link_create_one_administrator() throws Exception {
    var token = firstAdminSetup.issueToken().orElseThrow();
    Callable<Boolean> attempt =
        () -> {
          try {
            firstAdminSetup.create(
                token, "ada" + random.nextInt(1_000_000) + "@example.org", PASSWORD);
            return true;
          } catch (Forbidden e) {
            return false;
          }
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int won = 0;
      for (var done : threads.invokeAll(Collections.nCopies(6, attempt))) {
        won += done.get() ? 1 : 0;
      }
      assertThat(won).isEqualTo(1);
    }
    int users = db.read(dsl -> dsl.fetchCount(USERS));
    assertThat(users).isEqualTo(1);
  }

  @Test
  void the_configured_administrator_is_created_only_on_an_empty_database() {
    assertThat(firstAdminSetup.createConfigured("ada@example.org", PASSWORD)).isTrue();
    assertThat(firstAdminSetup.createConfigured("eve@example.org", PASSWORD)).isFalse();
    assertThatThrownBy(() -> signIn.signIn("eve@example.org", PASSWORD, at("::1")))
        .isInstanceOf(Rejected.class);
  }

  @Test
  void a_wrong_address_is_reported_before_a_weak_password() {
    assertThatThrownBy(() -> firstAdminSetup.createConfigured("ada", "short"))
        .hasMessage("Enter an email address, such as name@example.org.");
  }

  @Test
  void the_password_is_stored_as_argon2id_with_the_chosen_parameters() {
    new FirstAdminSetup(db, audit, new Ids(clock, random), random, new Passwords(), clock)
        .createConfigured("ada@example.org", PASSWORD);
    var hash =
        db.read(
            dsl -> dsl.select(USERS.PASSWORD_HASH).from(USERS).fetchSingle(USERS.PASSWORD_HASH));
    assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").doesNotContain(PASSWORD);
  }

  @Test
  void waits_grow_and_end_and_survive_a_restart() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    failTimes(5);
    assertThat(remainingWait()).isEqualTo(Duration.ofSeconds(15));
    var afterRestart =
        new SignIn(db, sessions, audit, factors, random, passwords, clock, Runnable::run);
    assertThatThrownBy(() -> afterRestart.signIn("ada@example.org", PASSWORD, at("192.0.2.1")))
        .isInstanceOf(RateLimited.class);
    clock.tick(Duration.ofSeconds(15));
    failTimes(1);
    assertThat(remainingWait()).isEqualTo(Duration.ofSeconds(30));
    clock.tick(Duration.ofSeconds(30));
    assertThat(signIn.signIn("ada@example.org", PASSWORD, at("192.0.2.1"))).isNotNull();
    failTimes(4);
    assertThat(signIn.signIn("ada@example.org", PASSWORD, at("192.0.2.1"))).isNotNull();
  }

  @Test
  void a_wait_is_never_longer_than_a_quarter_of_an_hour() {
    for (int failures : List.of(4, 5, 6, 12, 1_000)) {
      assertThat(SignInThrottle.waitAfter(failures, SignInThrottle.FREE_ATTEMPTS))
          .isLessThanOrEqualTo(SignInThrottle.LONGEST_WAIT);
    }
    assertThat(SignInThrottle.waitAfter(4, 4)).isZero();
    assertThat(SignInThrottle.waitAfter(5, 4)).isEqualTo(Duration.ofSeconds(15));
    assertThat(SignInThrottle.waitAfter(1_000, 4)).isEqualTo(Duration.ofMinutes(15));
  }

  @Test
  void an_address_that_tries_many_accounts_waits_too() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    for (int i = 0; i < 20; i++) {
      var email = "guess" + i + "@example.org";
      assertThatThrownBy(() -> signIn.signIn(email, "x", at("192.0.2.1")))
          .isInstanceOf(Rejected.class);
    }
    assertThatThrownBy(() -> signIn.signIn("ada@example.org", PASSWORD, at("192.0.2.1")))
        .isInstanceOf(RateLimited.class);
    assertThat(signIn.signIn("ada@example.org", PASSWORD, at("192.0.2.2"))).isNotNull();
  }

  @Test
  void a_refused_sign_in_makes_the_same_queries_for_known_and_unknown_users() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    for (var token : List.of(Optional.<String>empty(), Optional.of("a token"))) {
      var browser = new Browser("192.0.2.1", "", token);
      assertThat(queries("eve@example.org", browser))
          .isEqualTo(queries("ada@example.org", browser));
    }
  }

  /** The queries of a sign-in with a wrong password until the response. */
  private List<String> queries(String email, Browser browser) {
    var made = new ArrayList<String>();
    var counted = new Recorded(db, made);
    var refusing = new SignIn(counted, sessions, audit, factors, random, passwords, clock, _ -> {});
    assertThatThrownBy(() -> refusing.signIn(email, "wrong", browser)).isInstanceOf(Rejected.class);
    return made;
  }

  /** Records the SQL of all statements. */
  private static final class Recorded extends Database {
    private final List<String> made;

    Recorded(Database same, List<String> made) {
      super(same);
      this.made = made;
    }

    @Override
    public <T> T read(Function<DSLContext, T> statements) {
      return super.read(dsl -> statements.apply(recorded(dsl)));
    }

    @Override
    public <T> T inTx(Function<Tx, T> work) {
      return super.inTx(tx -> work.apply(new Tx(recorded(tx.dsl()))));
    }

    private DSLContext recorded(DSLContext dsl) {
      var noting =
          ExecuteListener.onStart(ctx -> made.add(Objects.requireNonNull(ctx.query()).getSQL()));
      return DSL.using(dsl.configuration().deriveAppending(noting));
    }
  }

  @Test
  void a_confirmation_ends_after_ten_minutes_although_the_clock_was_set_back() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    var secret = signedIn("ada@example.org", PASSWORD, at("192.0.2.1")).session();
    clock.tick(Duration.ofHours(-1));
    var session = sessions.find(secret, clock.instant()).orElseThrow();
    assertThat(session.confirmed(clock.instant())).isFalse();
  }

  @Test
  void a_confirmation_expires_and_can_be_renewed_with_the_password() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    var secret = signedIn("ada@example.org", PASSWORD, at("192.0.2.1")).session();
    clock.tick(Duration.ofMinutes(11));
    var session = sessions.find(secret, clock.instant()).orElseThrow();
    assertThat(session.confirmed(clock.instant())).isFalse();
    assertThatThrownBy(() -> signIn.confirm(session, "wrong", null, "::1"))
        .isInstanceOf(Rejected.class);
    signIn.confirm(session, PASSWORD, null, "::1");
    assertThat(sessions.find(secret, clock.instant()).orElseThrow().confirmed(clock.instant()))
        .isTrue();
  }

  @Test
  void concurrent_guesses_compare_no_more_passwords_than_sequential_ones() throws Exception {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    var counting = new CountingPasswords();
    var guarded = new SignIn(db, sessions, audit, factors, random, counting, clock, Runnable::run);
    atOnce(200, i -> guarded.signIn("ada@example.org", "guess " + i, at("192.0.2." + i)));
    assertThat(counting.compared).hasValue(SignInThrottle.FREE_SHARED_ATTEMPTS + 1);

    clock.tick(SignInThrottle.MEMORY);
    counting.compared.set(0);
    atOnce(200, i -> guarded.signIn("guess" + i + "@example.org", "x", at("198.51.100.1")));
    assertThat(counting.compared).hasValue(SignInThrottle.FREE_SHARED_ATTEMPTS + 1);

    var secret = signedIn("ada@example.org", PASSWORD, at("192.0.2.1")).session();
    var session = sessions.find(secret, clock.instant()).orElseThrow();
    counting.compared.set(0);
    atOnce(200, i -> guarded.confirm(session, "guess " + i, null, "::1"));
    assertThat(counting.compared).hasValue(SignInThrottle.FREE_ATTEMPTS + 1);
  }

  @Test
  void an_unknown_account_gets_the_message_and_the_hash_comparison_of_a_known_one() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    var counting = new CountingPasswords();
    var counted = new SignIn(db, sessions, audit, factors, random, counting, clock, Runnable::run);
    for (var email : List.of("ada@example.org", "nobody@example.org")) {
      assertThatThrownBy(() -> counted.signIn(email, "wrong", at("192.0.2.1")))
          .isExactlyInstanceOf(Rejected.class)
          .hasMessage("Wrong email or password.");
    }
    assertThat(counting.compared).hasValue(2);
  }

  @Test
  void a_refused_browser_does_not_wait_for_the_audit_entry() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    var later = new ArrayList<Runnable>();
    var guarded = new SignIn(db, sessions, audit, factors, random, passwords, clock, later::add);
    Supplier<Integer> lines = () -> db.read(dsl -> dsl.fetchCount(AUDIT_EVENTS));
    int before = lines.get();
    for (var email : List.of("ada@example.org", "nobody@example.org")) {
      assertThatThrownBy(() -> guarded.signIn(email, "wrong", at("192.0.2.1")))
          .isExactlyInstanceOf(Rejected.class);
    }
    assertThat(lines.get()).isEqualTo(before);
    later.forEach(Runnable::run);
    assertThat(lines.get()).isEqualTo(before + 2);
  }

  @Test
  void successful_sign_ins_do_not_count_against_an_address() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    for (int i = 0; i <= SignInThrottle.FREE_SHARED_ATTEMPTS + 1; i++) {
      assertThat(signIn.signIn("ada@example.org", PASSWORD, at("192.0.2.1"))).isNotNull();
    }
  }

  @Test
  void the_right_password_of_a_user_without_a_workspace_causes_no_wait() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    db.runTx(tx -> tx.dsl().deleteFrom(MEMBERS).execute());
    for (int i = 0; i <= SignInThrottle.FREE_SHARED_ATTEMPTS + 1; i++) {
      assertThatThrownBy(() -> signIn.signIn("ada@example.org", PASSWORD, at("192.0.2.1")))
          .hasMessageStartingWith("This account has no workspace.");
    }
  }

  @Test
  void a_sign_in_that_was_compared_before_the_password_changed_opens_no_session() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    var late =
        new CountingPasswords() {
          @Override
          boolean matches(String password, String hash) {
            boolean same = super.matches(password, hash);
            db.runTx(
                tx -> tx.dsl().update(USERS).set(USERS.PASSWORD_HASH, hash + "changed").execute());
            return same;
          }
        };
    var slow = new SignIn(db, sessions, audit, factors, random, late, clock, Runnable::run);
    assertThatThrownBy(() -> slow.signIn("ada@example.org", PASSWORD, at("192.0.2.1")))
        .isInstanceOf(Rejected.class);
    assertThat(db.<Integer>read(dsl -> dsl.fetchCount(SESSIONS))).isZero();
  }

  @Test
  void a_sign_out_that_cannot_be_audited_is_rolled_back() {
    firstAdminSetup.createConfigured("ada@example.org", PASSWORD);
    var secret = signedIn("ada@example.org", PASSWORD, at("192.0.2.1")).session();
    var session = sessions.find(secret, clock.instant()).orElseThrow();
    test.asOwner("revoke insert on audit_events from keywheel_app");
    assertThatThrownBy(() -> signIn.signOut(session)).isInstanceOf(DataAccessException.class);
    assertThat(sessions.find(secret, clock.instant())).isPresent();
  }

  private static void atOnce(int times, IntConsumer guess) throws InterruptedException {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.invokeAll(
          IntStream.range(0, times)
              .<Callable<Boolean>>mapToObj(
                  i ->
                      () -> {
                        assertThatThrownBy(() -> guess.accept(i)).isInstanceOf(Rejected.class);
                        return true;
                      })
              .toList());
    }
  }

  private static Browser at(String address) {
    return new Browser(address, "", Optional.empty());
  }

  private void failTimes(int times) {
    for (int i = 0; i < times; i++) {
      assertThatThrownBy(() -> signIn.signIn("ada@example.org", "wrong", at("192.0.2.1")))
          .isInstanceOf(Rejected.class)
          .isNotInstanceOf(RateLimited.class);
    }
  }

  private Duration remainingWait() {
    try {
      signIn.signIn("ada@example.org", PASSWORD, at("192.0.2.1"));
      return Duration.ZERO;
    } catch (RateLimited e) {
      return e.retryAfter();
    }
  }

  private SignedIn signedIn(String email, String password, Browser browser) {
    return (SignedIn) signIn.signIn(email, password, browser);
  }
}
