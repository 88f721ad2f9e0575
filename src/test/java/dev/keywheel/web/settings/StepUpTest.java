package dev.keywheel.web.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.secondfactor.SecondFactorService;
import dev.keywheel.people.secondfactor.StepUp;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultSealedException;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * A change of members requires a recent password, and the form is kept while the user confirms it.
 */
class StepUpTest {
  private static final Set<RouteFlag> DOWNLOAD = Set.of(RouteFlag.STEP_UP, RouteFlag.DOWNLOAD);

  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          TestDatabase.create(),
          clock,
          parts ->
              List.of(
                  new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations),
                  routes -> routes.post("/file", RequiredRole.ADMIN, DOWNLOAD, StepUpTest::file)));

  private final HttpBrowser browser = app.browser(app.admin());

  @Test
  void an_invitation_waits_for_the_password_and_is_then_sent() {
    browser.get("/settings/people");
    clock.tick(Session.CONFIRMED_FOR);
    var asked = browser.post("/settings/people", "email", "eve@example.org", "role", "admin");
    assertThat(asked.status()).isEqualTo(403);
    assertThat(members()).doesNotContain("eve@example.org");

    String kept = asked.page().select("input[name=kept]").val();
    var wrong = browser.post("/confirm", "kept", kept, "next", "/", "password", "a wrong password");
    assertThat(wrong.page().select("input[name=kept]").val()).isEqualTo(kept);
    var confirmed =
        browser.post("/confirm", "kept", kept, "next", "/", "password", WebApp.PASSWORD);
    Element form = confirmed.page().select("form[action=/settings/people]").getFirst();
    List<Map.Entry<String, String>> fields =
        form.select("input[name]").stream()
            .filter(field -> !field.attr("name").equals("csrf"))
            .map(field -> Map.entry(field.attr("name"), field.val()))
            .toList();
    assertThat(browser.post("/settings/people", fields, browser.token()).status()).isEqualTo(200);
    assertThat(members()).contains("eve@example.org");
  }

  @Test
  void a_step_up_by_password_is_valid_for_ten_minutes() {
    browser.get("/settings/people");
    clock.tick(Session.CONFIRMED_FOR.minus(Duration.ofSeconds(1)));
    assertThat(
            browser.post("/settings/people", "email", "a@example.org", "role", "viewer").status())
        .isEqualTo(200);
    clock.tick(Duration.ofSeconds(1));
    assertThat(
            browser.post("/settings/people", "email", "b@example.org", "role", "viewer").status())
        .isEqualTo(403);
  }

  @Test
  void a_member_cannot_make_a_password_link_for_their_own_account() {
    var own = browser.post("/settings/people/" + app.admin().userId() + "/link");
    assertThat(own.status()).isEqualTo(422);
    assertThat(own.text()).contains("My account");
  }

  @Test
  void cancel_returns_to_the_previous_page_and_to_no_other_site() {
    clock.tick(Session.CONFIRMED_FOR);
    assertThat(cancelPath(app.url() + "/settings/people?x=1")).isEqualTo("/settings/people?x=1");
    assertThat(cancelPath("https://example.org/settings/people")).isEqualTo("/");
    assertThat(cancelPath(app.url() + "/confirm?next=/a")).isEqualTo("/");
    assertThat(cancelPath("%%%")).isEqualTo("/");
  }

  private String cancelPath(String referer) {
    List<Map.Entry<String, String>> fields = List.of(Map.entry("csrf", browser.token()));
    var asked =
        browser.postRaw(
            "/settings/people", fields, "Sec-Fetch-Site", "same-origin", "Referer", referer);
    return asked.page().select("a:contains(Cancel)").attr("href");
  }

  @Test
  void after_a_confirmed_download_the_browser_is_back_on_the_page_with_the_form() {
    clock.tick(Session.CONFIRMED_FOR);
    List<Map.Entry<String, String>> fields = List.of(Map.entry("csrf", browser.token()));
    var from = app.url() + "/settings/people";
    var asked =
        browser.postRaw("/file", fields, "Sec-Fetch-Site", "same-origin", "Referer", from).page();
    var confirmed =
        browser.post(
            "/confirm",
            "next",
            asked.select("input[name=next]").val(),
            "download",
            asked.select("input[name=download]").val(),
            "password",
            WebApp.PASSWORD);
    assertThat(confirmed.location()).isEqualTo("/settings/people");
    assertThat(browser.get("/settings/people").text()).contains("Start the download again");
    assertThat(browser.post("/file").text()).isEqualTo("the file");
  }

  @Test
  void a_code_or_the_password_is_enough_to_confirm() {
    app.vault.unseal();
    app.secondFactors.beginApp(session());
    var secret = app.secondFactors.pendingApp(app.admin().userId()).orElseThrow();
    app.secondFactors.confirmApp(session(), TestFactors.code(secret, clock.instant()));
    var signedIn = app.browser(app.admin());
    clock.tick(Session.CONFIRMED_FOR);
    assertThat(signedIn.get("/confirm").page().select("input[name=code]")).hasSize(1);
    var code = TestFactors.code(secret, clock.instant());
    assertThat(signedIn.post("/confirm", "code", "000000").status()).isEqualTo(422);
    assertThat(signedIn.post("/confirm", "code", code, "next", "/a").location()).isEqualTo("/a");
    assertThat(signedIn.post("/file").status()).isEqualTo(200);
    assertThat(signedIn.post("/confirm", "code", code).status()).as("again").isEqualTo(422);
    clock.tick(Session.CONFIRMED_FOR);
    assertThat(signedIn.post("/file").status()).isEqualTo(403);
    assertThat(signedIn.post("/confirm", "password", WebApp.PASSWORD).status()).isEqualTo(303);
    assertThat(signedIn.post("/file").status()).isEqualTo(200);
  }

  @Test
  void a_code_cannot_confirm_while_the_vault_is_sealed() {
    app.vault.unseal();
    app.secondFactors.beginApp(session());
    var secret = app.secondFactors.pendingApp(app.admin().userId()).orElseThrow();
    var code = TestFactors.code(secret, clock.instant());
    app.secondFactors.confirmApp(session(), code);
    var sealed = TestFactors.of(TestFactors.vault(app.db, clock), Optional.empty());
    var stepUp = new StepUp(app.db, app.sessions, app.audit, sealed, clock);
    var session = session();
    for (int i = 0; i < 7; i++) { // no wait: no code was checked
      assertThatThrownBy(() -> stepUp.confirmWithCode(session, code, "192.0.2.1"))
          .isInstanceOfSatisfying(
              Rejected.class, refused -> assertThat(refused.field()).contains("code"))
          .hasMessageContaining("while the vault is sealed");
    }
    app.secondFactors.removeApp(session);
    app.secondFactors.beginApp(session);
    var setUp =
        new SecondFactorService(
            app.db, app.sessions, sealed, new SettingsStore(app.db), app.audit, app.ids, clock);
    for (int i = 0; i < 7; i++) {
      assertThatThrownBy(() -> setUp.confirmApp(session, code))
          .isInstanceOf(VaultSealedException.class);
    }
  }

  private Session session() {
    return app.sessions.find(app.session(app.admin()), clock.instant()).orElseThrow();
  }

  private static void file(Context ctx) {
    ctx.header("Content-Disposition", "attachment; filename=file.txt").result("the file");
  }

  private String members() {
    return browser.get("/settings/people").text();
  }
}
