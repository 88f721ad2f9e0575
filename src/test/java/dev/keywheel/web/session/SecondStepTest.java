package dev.keywheel.web.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.factor.ChallengeRepository;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.Browser;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.secondfactor.SecondStep;
import dev.keywheel.problem.Conflict;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Signing in with a code, without JavaScript. */
@Tag("full")
class SecondStepTest {
  private static final String FACTOR = "/settings/second-factor";

  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(TestDatabase.create(), clock, parts -> List.of(parts.account()));

  @BeforeEach
  void unseal() {
    app.vault.unseal();
  }

  /** The secret of the administrator's authenticator app, and the recovery codes. */
  private record SetUp(String secret, List<String> codes) {}

  private SetUp setUp() {
    return setUp(app.browser(app.admin()));
  }

  private SetUp setUp(HttpBrowser browser) {
    browser.post(FACTOR + "/app");
    var secret = browser.get(FACTOR + "/app").page().select(".qr-key").text().replace(" ", "");
    var done = browser.post(FACTOR + "/app/confirmation", "code", code(secret));
    var codes = done.page().select("#recovery-codes li").eachText();
    clock.tick(Duration.ofSeconds(30));
    return new SetUp(secret, codes);
  }

  private String code(String secret) {
    return TestFactors.code(secret, clock.instant());
  }

  private Answer enterPassword(HttpBrowser browser) {
    return browser.post(
        "/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD, "next", "/settings/account");
  }

  private static boolean signedIn(HttpBrowser browser) {
    return browser.get("/settings/account").status() == 200;
  }

  @Test
  void an_app_is_not_a_factor_until_one_of_its_codes_is_entered() {
    var browser = app.browser(app.admin());
    browser.post(FACTOR + "/app");
    var secret = browser.get(FACTOR + "/app").page().select(".qr-key").text().replace(" ", "");
    assertThat(secret).matches("[A-Z2-7]{32}");
    assertThat(browser.post(FACTOR + "/app/confirmation", "code", "000000").status())
        .isEqualTo(422);
    assertThat(enterPassword(app.browser()).location()).isEqualTo("/settings/account");

    var codes = browser.post(FACTOR + "/app/confirmation", "code", code(secret));
    assertThat(codes.page().select("#recovery-codes li")).hasSize(10);
    assertThat(codes.page().select("a[download]").attr("href")).startsWith("data:text/plain");
    assertThat(browser.get("/settings/account").text()).contains("10 of 10 left");
    assertThat(enterPassword(app.browser()).page().select("input[name=code]")).hasSize(1);
  }

  @Test
  void the_removal_of_the_app_on_an_old_page_keeps_a_set_up_in_progress() {
    var browser = app.browser(app.admin());
    browser.post(FACTOR + "/app");
    assertThat(browser.post(FACTOR + "/app/removal").status()).isEqualTo(404);
    assertThat(app.secondFactors.pendingApp(app.admin().userId())).isPresent();
  }

  @Test
  void passkey_sign_ins_begun_before_the_clock_was_set_back_do_not_count() {
    for (int i = 0; i < ChallengeRepository.MAX_ANONYMOUS; i++) {
      assertThat(passkeyRequest()).isEqualTo(200);
    }
    assertThat(passkeyRequest()).isEqualTo(429);
    clock.tick(Duration.ofHours(-1));
    assertThat(passkeyRequest()).isEqualTo(200);
  }

  private int passkeyRequest() {
    return app.browser().post("/login/passkey-requests").status();
  }

  @Test
  void a_code_that_cannot_be_checked_does_not_count_as_a_failed_attempt() {
    var set = setUp();
    var browser = app.browser();
    enterPassword(browser);
    var challenge = browser.cookie("challenge").orElseThrow();
    var sealed = TestFactors.of(TestFactors.vault(app.db, clock), Optional.empty());
    var step = new SecondStep(app.db, app.sessions, app.audit, sealed, new SecureRandom(), clock);
    var here = new Browser("192.0.2.1", "test", Optional.empty());
    for (int i = 0; i < 7; i++) {
      assertThatThrownBy(() -> step.completeWithCode(challenge, code(set.secret), here))
          .hasMessageContaining("while the vault is sealed");
    }
  }

  @Test
  void only_the_code_after_the_password_opens_a_session() {
    var set = setUp();
    var browser = app.browser();
    var asked = enterPassword(browser);
    assertThat(asked.status()).isEqualTo(200);
    assertThat(signedIn(browser)).isFalse();
    assertThat(browser.cookie("sid")).isEmpty();

    var wrong = browser.post("/login/second-step", "code", "123456", "next", "/settings/account");
    assertThat(wrong.status()).isEqualTo(422);
    assertThat(signedIn(browser)).isFalse();
    var field = wrong.page().select("#sign-in-f-code");
    assertThat(field.attr("aria-describedby")).isEqualTo("sign-in-e-code sign-in-h-code");
    assertThat(wrong.page().select("#sign-in-h-code").text()).contains("your recovery codes");
    var next = wrong.page().select("input[name=next]").val();
    var right = browser.post("/login/second-step", "code", code(set.secret), "next", next);
    assertThat(right.location()).isEqualTo("/settings/account");
    assertThat(signedIn(browser)).isTrue();
    assertThat(actions()).contains("second factor refused", "signed in");
  }

  @Test
  void a_code_is_valid_once_even_after_the_password_was_entered_again() {
    var set = setUp();
    var used = code(set.secret);
    var first = app.browser();
    enterPassword(first);
    assertThat(first.post("/login/second-step", "code", used).status()).isEqualTo(303);
    var second = app.browser();
    enterPassword(second);
    assertThat(second.post("/login/second-step", "code", used).status()).isEqualTo(422);
    clock.tick(Duration.ofSeconds(30));
    assertThat(second.post("/login/second-step", "code", code(set.secret)).status()).isEqualTo(303);
  }

  @Test
  void a_recovery_code_signs_in_once_and_is_recorded() {
    var set = setUp();
    assertThat(set.codes).hasSize(10).allMatch(code -> code.matches("[a-z2-9]{5}-[a-z2-9]{5}"));
    var first = app.browser();
    enterPassword(first);
    var typed = " " + set.codes.getFirst().toUpperCase(Locale.ROOT).replace("-", " ");
    assertThat(first.post("/login/second-step", "code", typed).status()).isEqualTo(303);
    assertThat(first.get("/settings/account").text())
        .contains("You used a recovery code; 9 of 10 left.", "9 of 10 left");
    var second = app.browser();
    enterPassword(second);
    assertThat(second.post("/login/second-step", "code", set.codes.getFirst()).status())
        .isEqualTo(422);
    assertThat(actions()).contains("used a recovery code");
    assertThat(events().toString()).doesNotContain(set.codes.getFirst()).doesNotContain(set.secret);
  }

  /** Both browsers have sent the password, and their codes arrive before either is compared. */
  @Test
  void of_two_browsers_with_the_same_code_at_the_same_time_one_signs_in()
      throws ExecutionException, InterruptedException {
    var set = setUp();
    for (var code : List.of(set.codes.getFirst(), code(set.secret))) {
      var answers = new ArrayList<Future<Integer>>();
      var browsers = List.of(app.browser(), app.browser());
      browsers.forEach(this::enterPassword);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        app.db.runTx(
            tx -> {
              tx.dsl().execute("select from users for update");
              for (var browser : browsers) {
                answers.add(
                    threads.submit(
                        () -> browser.post("/login/second-step", "code", code).status()));
              }
              Await.until("both wait", () -> TestDatabase.waitingForLocks(tx) == 2);
            });
      }
      assertThat(List.of(answers.get(0).get(), answers.get(1).get()))
          .as(code)
          .containsExactlyInAnyOrder(303, 422);
    }
    assertThat(app.secondFactors.status(app.admin().userId()).codesLeft()).isEqualTo(9);
  }

  @Test
  void an_account_without_a_workspace_joins_one_by_its_invitation_and_the_second_step() {
    var grace = app.member("grace@example.org", Role.VIEWER);
    var secret = setUp(app.browser(grace)).secret;
    app.people.remove(app.admin(), grace.userId());
    var link =
        "/invitation?token=" + app.invitations.invite(app.admin(), grace.email(), Role.ADMIN);
    var browser = app.browser();
    clock.tick(Duration.ofSeconds(30));
    for (var next : List.of("/", "/", "/", "/", "/", link)) { // none counts as a wrong code
      browser.post("/login", "email", grace.email(), "password", WebApp.PASSWORD, "next", next);
      var answer = browser.post("/login/second-step", "code", code(secret), "next", next);
      assertThat(signedIn(browser)).as(next).isEqualTo(next.equals(link));
      assertThat(answer.text().contains("This account has no workspace"))
          .isEqualTo(next.equals("/"));
    }
  }

  @Test
  void an_invitation_accepted_with_a_recovery_code_reports_both() {
    var grace = app.member("grace@example.org", Role.VIEWER);
    var codes = setUp(app.browser(grace)).codes;
    app.people.remove(app.admin(), grace.userId());
    var link =
        "/invitation?token=" + app.invitations.invite(app.admin(), grace.email(), Role.VIEWER);
    var browser = app.browser();
    browser.post("/login", "email", grace.email(), "password", WebApp.PASSWORD, "next", link);

    browser.post("/login/second-step", "code", codes.getFirst(), "next", link);

    assertThat(browser.get("/settings/account").text())
        .contains("You joined Main. You used a recovery code; 9 of 10 left.");
  }

  @Test
  void a_session_that_ended_since_its_request_changes_neither_factors_nor_the_password() {
    var browser = app.browser(app.admin());
    browser.post(FACTOR + "/app");
    var secret = browser.get(FACTOR + "/app").page().select(".qr-key").text().replace(" ", "");
    var user = app.admin().userId();
    var session =
        app.sessions.find(browser.cookie("sid").orElseThrow(), clock.instant()).orElseThrow();
    app.db.runTx(tx -> app.sessions.endAll(tx, user, null, clock.instant()));
    assertThatThrownBy(() -> app.secondFactors.confirmApp(session, code(secret)))
        .isInstanceOf(Conflict.class);
    assertThatThrownBy(() -> app.people.changePassword(session, "nine geese on a lake"))
        .isInstanceOf(Conflict.class);
    assertThat(app.secondFactors.status(user).any()).isFalse();
    assertThat(enterPassword(app.browser()).location()).isEqualTo("/settings/account");
  }

  @Test
  void new_recovery_codes_replace_the_old_ones_and_a_low_number_is_a_warning() {
    var set = setUp();
    for (var code : set.codes.subList(0, 7)) {
      var browser = app.browser();
      enterPassword(browser);
      assertThat(browser.post("/login/second-step", "code", code).status()).isEqualTo(303);
    }
    var browser = app.browser(app.admin());
    assertThat(browser.get("/settings/account").page().select(".badge.tone-warn").text())
        .isEqualTo("3 of 10 left");
    var fresh = browser.post(FACTOR + "/codes").page().select("#recovery-codes li").eachText();
    assertThat(fresh).hasSize(10).doesNotContainAnyElementsOf(set.codes);
    var other = app.browser();
    enterPassword(other);
    assertThat(other.post("/login/second-step", "code", set.codes.get(9)).status()).isEqualTo(422);
    assertThat(other.post("/login/second-step", "code", fresh.get(0)).status()).isEqualTo(303);
  }

  @Test
  void the_second_step_is_valid_in_one_browser_for_five_minutes() {
    var set = setUp();
    var browser = app.browser();
    enterPassword(browser);
    var other = app.browser();
    var stolen = other.post("/login/second-step", "code", code(set.secret));
    assertThat(stolen.status()).isEqualTo(422);
    assertThat(stolen.page().select("input[name=password]")).hasSize(1);
    assertThat(signedIn(other)).isFalse();

    clock.tick(ChallengeRepository.GOOD_FOR);
    var late = browser.post("/login/second-step", "code", code(set.secret));
    assertThat(late.text()).contains("more than five minutes");
    assertThat(signedIn(browser)).isFalse();
  }

  @Test
  void a_passkey_sign_in_begun_in_another_tab_does_not_end_the_second_step() {
    var set = setUp();
    var browser = app.browser();
    enterPassword(browser);
    assertThat(browser.post("/login/passkey-requests").status()).isEqualTo(200);

    browser.post("/login/second-step", "code", code(set.secret));

    assertThat(signedIn(browser)).isTrue();
  }

  @Test
  void a_password_in_another_tab_does_not_end_a_passkey_sign_in() {
    setUp();
    var browser = app.browser();
    String first = browser.post("/login/passkey-requests").text();
    enterPassword(browser);
    assertThat(browser.post("/login/passkey-requests").text()).isEqualTo(first);
  }

  @Test
  void a_wrong_passkey_shows_the_first_step_again_during_a_second_step_in_another_tab() {
    setUp();
    var browser = app.browser();
    enterPassword(browser);
    browser.post("/login/passkey-requests");
    var refused = browser.post("/login/passkey", "passkey", "{}");
    assertThat(refused.text()).contains("This passkey was not accepted.");
    assertThat(refused.page().select("input[name=password]")).hasSize(1);
    assertThat(refused.page().select("input[name=code]")).isEmpty();
  }

  @Test
  void of_two_passkey_requests_at_the_same_time_the_first_counts() {
    var challenges = new ChallengeRepository();
    byte[] holder = {1};
    var now = clock.instant();
    var purpose = ChallengeRepository.Purpose.SECOND_FACTOR;
    app.db.runTx(tx -> challenges.open(tx, holder, purpose, app.admin().userId(), null, "", now));
    for (String request : List.of("first", "second")) {
      assertThat(
              app.db.<Optional<String>>inTx(
                  tx -> challenges.addRequest(tx, holder, purpose, request, now)))
          .contains("first");
    }
  }

  @Test
  void a_passkey_request_is_repeated_for_five_minutes_and_then_replaced() {
    var browser = app.browser();
    String first = browser.post("/login/passkey-requests").text();
    clock.tick(ChallengeRepository.GOOD_FOR.minusSeconds(1));
    assertThat(browser.post("/login/passkey-requests").text()).isEqualTo(first);
    clock.tick(Duration.ofSeconds(2));
    assertThat(browser.post("/login/passkey-requests").text()).isNotEqualTo(first);
  }

  @Test
  void a_challenge_ends_with_the_sign_in_and_with_a_new_password() {
    var set = setUp();
    var browser = app.browser();
    enterPassword(browser);
    var challenge = browser.cookie("challenge").orElseThrow();
    browser.post("/login/second-step", "code", code(set.secret));
    var again = app.browser();
    again.cookie("challenge", challenge);
    clock.tick(Duration.ofSeconds(30));
    assertThat(again.post("/login/second-step", "code", code(set.secret)).text())
        .contains("Start again");

    var late = app.browser();
    enterPassword(late);
    clock.tick(Duration.ofSeconds(30));
    var session = app.sessions.find(app.session(app.admin()), clock.instant()).orElseThrow();
    app.people.changePassword(session, "another pond with ducks");
    assertThat(late.post("/login/second-step", "code", code(set.secret)).text())
        .contains("Start again");
    assertThat(signedIn(late)).isFalse();
  }

  @Test
  void a_user_signs_in_after_a_changed_password_although_the_clock_was_set_back() {
    var set = setUp();
    var session = app.sessions.find(app.session(app.admin()), clock.instant()).orElseThrow();
    app.people.changePassword(session, "another pond with ducks");
    clock.tick(Duration.ofHours(-1));
    var browser = app.browser();
    browser.post("/login", "email", WebApp.EMAIL, "password", "another pond with ducks");
    assertThat(browser.post("/login/second-step", "code", set.codes.getFirst()).status())
        .isEqualTo(303);
    assertThat(signedIn(browser)).isTrue();
  }

  @Test
  void wrong_codes_are_throttled_over_all_sign_ins_of_the_account() {
    var set = setUp();
    for (int i = 0; i < 5; i++) {
      var guessing = app.browser();
      enterPassword(guessing);
      assertThat(guessing.post("/login/second-step", "code", "00000" + i).status()).isEqualTo(422);
    }
    var next = app.browser();
    enterPassword(next);
    var wait = next.post("/login/second-step", "code", code(set.secret));
    assertThat(wait.status()).isEqualTo(429);
    assertThat(wait.header("Retry-After")).hasValue("15");
    clock.tick(Duration.ofSeconds(15));
    assertThat(next.post("/login/second-step", "code", code(set.secret)).status()).isEqualTo(303);
  }

  @Test
  void the_first_step_reveals_neither_an_account_nor_a_factor() {
    setUp();
    app.member("grace@example.org", Role.VIEWER);
    var texts =
        List.of("nobody@example.org", "grace@example.org", WebApp.EMAIL).stream()
            .map(email -> app.browser().post("/login", "email", email, "password", "wrong"))
            .peek(answer -> assertThat(answer.status()).isEqualTo(422))
            .map(Answer::text)
            .distinct();
    assertThat(texts).hasSize(1);
  }

  @Test
  void a_change_of_a_factor_ends_the_other_sessions() {
    var other = app.browser(app.admin());
    assertThat(signedIn(other)).isTrue();
    var set = setUp();
    assertThat(signedIn(other)).isFalse();
    var browser = app.browser(app.admin());
    var elsewhere = app.browser(app.admin());
    assertThat(browser.post(FACTOR + "/app/removal").location()).isEqualTo(FACTOR);
    assertThat(signedIn(elsewhere)).isFalse();
    assertThat(enterPassword(app.browser()).location()).isEqualTo("/settings/account");
    assertThat(set.codes).isNotEmpty();
    assertThat(app.secondFactors.status(app.admin().userId()).codesLeft()).isZero();
  }

  private List<AuditEvent> events() {
    return app.audit.newest(app.workspace(), AuditFilter.ALL, null, 50);
  }

  private List<String> actions() {
    return events().stream().map(AuditEvent::action).toList();
  }
}
