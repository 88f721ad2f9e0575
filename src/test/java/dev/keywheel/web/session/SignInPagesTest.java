package dev.keywheel.web.session;

import static dev.keywheel.db.schema.Tables.SESSIONS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.SessionStore;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sign-in, sessions and sign-out over HTTP. */
@Tag("full")
class SignInPagesTest {
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          database,
          clock,
          parts ->
              List.of(
                  routes -> {
                    routes.get(
                        "/who",
                        RequiredRole.VIEWER,
                        ctx -> ctx.result(CurrentUser.of(ctx).email()));
                    routes.poll("/poll", RequiredRole.VIEWER, ctx -> ctx.result("polled"));
                    routes.post(
                        "/note", RequiredRole.VIEWER, ctx -> ctx.result(ctx.formParam("text")));
                    routes.post("/admins", RequiredRole.ADMIN, ctx -> ctx.result("done"));
                  }));

  private final HttpBrowser browser = app.browser();

  @Test
  void a_page_for_members_redirects_to_the_sign_in_and_back() {
    var away = browser.get("/who?sort=name");
    assertThat(away.status()).isEqualTo(303);
    assertThat(away.location()).isEqualTo("/login?next=%2Fwho%3Fsort%3Dname");

    var back = signIn(WebApp.EMAIL, WebApp.PASSWORD, "/who?sort=name");
    assertThat(back.status()).isEqualTo(303);
    assertThat(back.location()).isEqualTo("/who?sort=name");
    assertThat(browser.get(back.location()).body()).isEqualTo(WebApp.EMAIL);
  }

  @Test
  void the_previous_version_can_complete_a_passkey_sign_in_that_this_version_began() {
    browser.post("/login/passkey-requests");
    assertThat(browser.cookie("challenge")).isPresent().isEqualTo(browser.cookie("passkey"));
  }

  @Test
  void the_address_may_be_typed_in_any_case_and_with_surrounding_spaces() {
    assertThat(signIn("  ADA@Example.org ", WebApp.PASSWORD, "/").status()).isEqualTo(303);
    assertThat(browser.get("/who").body()).isEqualTo(WebApp.EMAIL);
  }

  @Test
  void an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    var wrong = signIn(WebApp.EMAIL, "not the password", "/");
    var unknown = signIn("nobody@example.org", "not the password", "/");
    assertThat(wrong.status()).isEqualTo(422);
    assertThat(wrong.text()).contains("Wrong email or password.");
    assertThat(unknown.status()).isEqualTo(422);
    assertThat(unknown.text()).contains("Wrong email or password.");
    assertThat(wrong.page().select("input[name=email]").val()).isEqualTo(WebApp.EMAIL);
    assertThat(wrong.page().select("input[name=password]").val()).isEmpty();
  }

  @Test
  void wrong_passwords_lead_to_a_wait_instead_of_a_lock() {
    for (int i = 0; i < 5; i++) {
      assertThat(signIn(WebApp.EMAIL, "wrong " + i, "/").status()).isEqualTo(422);
    }
    var tooSoon = signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    assertThat(tooSoon.status()).isEqualTo(429);
    assertThat(tooSoon.header("Retry-After")).contains("15");
    assertThat(tooSoon.text()).contains("Try again in 15 seconds.");

    clock.tick(Duration.ofSeconds(15));
    assertThat(signIn(WebApp.EMAIL, WebApp.PASSWORD, "/").status()).isEqualTo(303);
  }

  @Test
  void the_password_prompt_of_a_step_up_has_the_same_wait_and_its_refusals_are_audited() {
    signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    for (int i = 0; i < 5; i++) {
      var wrong = browser.post("/confirm", "password", "wrong " + i, "next", "/");
      assertThat(wrong.status()).isEqualTo(422);
      assertThat(wrong.text()).contains("Wrong password.");
    }
    var tooSoon = browser.post("/confirm", "password", WebApp.PASSWORD, "next", "/");
    assertThat(tooSoon.status()).isEqualTo(429);
    assertThat(tooSoon.header("Retry-After")).contains("15");
    assertThat(tooSoon.text()).contains("Try again in 15 seconds.");
    var refused = new AuditFilter("", "password refused", "");
    assertThat(app.audit.newest(app.workspace(), refused, null, 10))
        .hasSize(5)
        .allMatch(line -> line.actor().equals(WebApp.EMAIL))
        .allMatch(line -> line.details().containsKey("address"));

    clock.tick(Duration.ofSeconds(15));
    var right = browser.post("/confirm", "password", WebApp.PASSWORD, "next", "/who");
    assertThat(right.location()).isEqualTo("/who");
  }

  @Test
  void each_sign_in_creates_a_new_session_and_only_its_hash_is_stored()
      throws NoSuchAlgorithmException {
    browser.cookie("sid", "chosen-by-somebody-else");
    signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    var first = browser.cookie("sid").orElseThrow();
    assertThat(first).isNotEqualTo("chosen-by-somebody-else").hasSize(43);
    signOut();
    signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    var second = browser.cookie("sid").orElseThrow();
    assertThat(second).isNotEqualTo(first);

    var kept = database.database().read(dsl -> dsl.selectFrom(SESSIONS).fetch(SESSIONS.ID_HASH));
    assertThat(kept)
        .contains(MessageDigest.getInstance("SHA-256").digest(second.getBytes(UTF_8)))
        .allMatch(hash -> hash.length == 32);
  }

  @Test
  void the_cookie_is_http_only_and_for_this_site_only() {
    var answer = signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    assertThat(answer.headers().get("set-cookie"))
        .anySatisfy(
            cookie ->
                assertThat(cookie)
                    .startsWith("sid=")
                    .contains("Path=/", "HttpOnly", "SameSite=Lax")
                    .doesNotContain("Secure", "Domain"));
  }

  @Test
  void signing_out_ends_the_session_on_the_server() {
    signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    var secret = browser.cookie("sid").orElseThrow();
    var out = signOut();
    assertThat(out.location()).isEqualTo("/login");
    assertThat(out.header("Clear-Site-Data")).contains("\"cache\", \"storage\"");
    assertThat(browser.cookie("sid")).isEmpty();

    browser.cookie("sid", secret);
    assertThat(browser.get("/who").status()).isEqualTo(303);
  }

  @Test
  void a_session_ends_eight_hours_after_its_last_use() {
    signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    clock.tick(SessionStore.IDLE_TIMEOUT.minusMinutes(1));
    assertThat(browser.get("/who").status()).isEqualTo(200);
    clock.tick(SessionStore.IDLE_TIMEOUT.minusMinutes(1));
    assertThat(browser.get("/who").status()).isEqualTo(200);
    clock.tick(SessionStore.IDLE_TIMEOUT.plusMinutes(1));
    assertThat(browser.get("/who").status()).isEqualTo(303);
  }

  @Test
  void a_session_ends_seven_days_after_the_sign_in_however_much_it_is_used() {
    signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    for (int hours = 0; hours < 7 * 24 - 1; hours += 7) {
      assertThat(browser.get("/who").status()).isEqualTo(200);
      clock.tick(Duration.ofHours(7));
    }
    assertThat(browser.get("/who").status()).isEqualTo(303);
  }

  @Test
  void polls_and_automatic_reloads_do_not_extend_a_session() {
    signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    clock.tick(Duration.ofHours(7));
    assertThat(browser.get("/poll", "HX-Request", "true").status()).isEqualTo(200);
    assertThat(browser.get("/who", "Sec-Fetch-Mode", "navigate").status()).isEqualTo(200);
    clock.tick(Duration.ofHours(1));
    assertThat(browser.get("/who").status()).isEqualTo(303);
  }

  @Test
  void a_fragment_is_refused_with_401_when_the_session_has_ended() {
    var refused = browser.get("/poll", "HX-Request", "true");
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.body()).isEqualTo("Your session has ended. Sign in to continue.");
    assertThat(refused.header("HX-Redirect")).isEmpty();
  }

  @Test
  void a_form_that_was_sent_after_the_session_had_ended_is_not_lost() {
    signIn(WebApp.EMAIL, WebApp.PASSWORD, "/");
    var token = browser.token();
    clock.tick(SessionStore.IDLE_TIMEOUT.plusMinutes(1));
    var late =
        browser.post(
            "/note",
            List.of(
                java.util.Map.entry("text", "a \"long\" <note>"),
                java.util.Map.entry("password", "never kept")),
            token);
    assertThat(late.status()).isEqualTo(401);
    assertThat(late.text()).contains("Your session has ended", "Your form is kept.");
    assertThat(late.body()).doesNotContain("never kept");

    var form = late.page().select("form");
    var in =
        browser.post(
            "/login",
            "email",
            WebApp.EMAIL,
            "password",
            WebApp.PASSWORD,
            "kept",
            form.select("input[name=kept]").val());
    var again = in.page().select("form");
    assertThat(again.attr("action")).isEqualTo("/note");
    assertThat(again.select("button").text()).isEqualTo("Submit");
    var sent =
        browser.post(
            "/note",
            List.of(java.util.Map.entry("text", again.select("input[name=text]").val())),
            again.select("input[name=csrf]").val());
    assertThat(sent.body()).isEqualTo("a \"long\" <note>");
  }

  @Test
  void a_form_from_another_site_is_not_stored_for_the_sign_in() {
    var foreign =
        browser.postRaw(
            "/note", List.of(java.util.Map.entry("text", "evil")), "Sec-Fetch-Site", "cross-site");
    assertThat(foreign.status()).isEqualTo(403);
    assertThat(foreign.body()).doesNotContain("evil");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//evil.example/",
        "/\\evil.example/",
        "https://evil.example/",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: a=b",
        "\\\\evil.example",
        " /x",
        "",
      })
  void after_the_sign_in_only_addresses_of_this_server_are_opened(String next) {
    assertThat(signIn(WebApp.EMAIL, WebApp.PASSWORD, next).location()).isEqualTo("/");
  }

  @Test
  void a_changed_role_applies_at_once_to_an_open_session() {
    var operator = app.member("grace@example.org", Role.OPERATOR);
    var theirs = app.browser(operator);
    assertThat(theirs.post("/admins").status()).isEqualTo(403);
    app.people.changeRole(app.admin(), operator.userId(), Role.ADMIN, _ -> {});
    assertThat(theirs.post("/admins").body()).isEqualTo("done");
    app.accounts.disable(app.admin(), operator.userId());
    assertThat(theirs.get("/who").status()).isEqualTo(303);
  }

  private HttpBrowser.Answer signIn(String email, String password, String next) {
    return browser.post("/login", "email", email, "password", password, "next", next);
  }

  private HttpBrowser.Answer signOut() {
    return browser.post("/logout");
  }
}
