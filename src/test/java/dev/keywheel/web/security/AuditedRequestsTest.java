package dev.keywheel.web.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.SessionStore;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.settings.PeopleRoutes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Sign-ins, ended sessions and refused requests are recorded in the audit log without secrets. */
class AuditedRequestsTest {
  private static final String KEY = "sk-or-v1-" + "0123456789abcdef".repeat(4);

  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          TestDatabase.create(),
          clock,
          parts ->
              List.of(
                  new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations)));

  @Test
  void a_sign_in_with_an_unknown_address_is_recorded() {
    signIn("eve@example.org");
    var line = only("sign-in refused");
    assertThat(line.actor()).isEqualTo("anonymous");
    assertThat(line.subject()).isEqualTo("eve@example.org");
    assertThat(line.details()).containsEntry("address", "127.0.0.1");
  }

  @Test
  void a_name_that_may_be_a_password_or_a_key_is_not_stored() {
    signIn("correct horse battery staple");
    signIn(KEY);
    signIn(KEY + "@example.org");
    signIn("a".repeat(60) + "@" + "b".repeat(40) + ".example.org");
    signIn("x");
    assertThat(lines("sign-in refused"))
        .extracting(AuditEvent::subject)
        .containsExactly(
            "not an email address, 1 character",
            "an email address, 113 characters",
            "an email address, 85 characters",
            "not an email address, 73 characters",
            "not an email address, 28 characters");
  }

  @Test
  void above_the_limit_per_minute_refusals_are_only_counted() {
    for (int i = 0; i < 30; i++) {
      app.audit.recordRefusal(
          Optional.empty(), "anonymous", AuditAction.SIGN_IN_REFUSED, "n" + i, Map.of());
    }
    assertThat(lines("sign-in refused")).hasSize(20);
    assertThat(lines("left out further refusals")).isEmpty();
    clock.tick(Duration.ofMinutes(1));
    signIn("eve@example.org");
    assertThat(lines("sign-in refused")).hasSize(21);
    assertThat(only("left out further refusals").details()).containsEntry("sign-in refused", "10");
  }

  @Test
  void too_many_requests_are_recorded() {
    for (int i = 0; i < 6; i++) {
      signIn("eve@example.org");
    }
    var line = await("limited the rate of requests");
    assertThat(line.subject()).isEqualTo("POST /login");
    assertThat(line.details()).containsEntry("address", "127.0.0.1");
  }

  @Test
  void a_request_without_the_needed_role_is_recorded() {
    var viewer = app.member("vic@example.org", Role.VIEWER);
    assertThat(app.browser(viewer).get("/settings/people").status()).isEqualTo(403);
    var line = await("denied access");
    assertThat(line.actor()).isEqualTo("vic@example.org");
    assertThat(line.actorId()).isEqualTo(viewer.userId());
    assertThat(line.subject()).isEqualTo("GET /settings/people");
    assertThat(line.details().get("reason")).contains("needs the role Administrator");
  }

  @Test
  void a_used_link_is_recorded_without_its_token() {
    assertThat(app.browser().get("/password?token=used-token-0123456789").status()).isEqualTo(403);
    var line = await("denied access");
    assertThat(line.actor()).isEqualTo("anonymous");
    assertThat(line.toString()).doesNotContain("used-token");
  }

  @Test
  void a_request_from_another_site_and_one_without_a_token_are_recorded() {
    var browser = app.browser(app.admin());
    var forged = browser.postRaw("/logout", List.of(), "Sec-Fetch-Site", "cross-site");
    assertThat(forged.status()).isEqualTo(403);
    assertThat(await("refused a forged request").details().get("reason"))
        .contains("did not come from");
    browser.postRaw("/logout", List.of(), "Sec-Fetch-Site", "same-origin");
    Await.until("both are recorded", () -> lines("refused a forged request").size() == 2);
    var line = lines("refused a forged request").getFirst();
    assertThat(line.actor()).isEqualTo(WebApp.EMAIL);
    assertThat(line.subject()).isEqualTo("POST /logout");
    assertThat(line.details().get("reason")).contains("out of date");
  }

  @Test
  void sessions_that_an_administrator_ends_are_counted() {
    var viewer = app.member("vic@example.org", Role.VIEWER);
    app.session(viewer);
    app.session(viewer);
    app.accounts.disable(app.admin(), viewer.userId());
    assertThat(only("disabled a member").details()).containsEntry("sessions ended", "2");
  }

  @Test
  void a_session_that_was_idle_for_too_long_is_not_counted_as_ended() {
    var viewer = app.member("vic@example.org", Role.VIEWER);
    app.session(viewer);
    clock.tick(SessionStore.IDLE_TIMEOUT);
    app.session(viewer);
    app.accounts.disable(app.admin(), viewer.userId());
    assertThat(only("disabled a member").details()).containsEntry("sessions ended", "1");
  }

  @Test
  void signing_out_is_recorded() {
    var browser = app.browser(app.admin());
    browser.get("/settings/people");
    browser.post("/logout");
    assertThat(only("signed out").actor()).isEqualTo(WebApp.EMAIL);
  }

  private void signIn(String name) {
    HttpBrowser browser = app.browser();
    browser.get("/login");
    browser.post("/login", "email", name, "password", "a wrong passphrase");
  }

  private List<AuditEvent> lines(String action) {
    return Stream.of(app.workspace(), WorkspaceIds.INSTANCE)
        .flatMap(log -> app.audit.newest(log, new AuditFilter("", action, ""), null, 100).stream())
        .toList();
  }

  private AuditEvent only(String action) {
    assertThat(lines(action)).hasSize(1);
    return lines(action).getFirst();
  }

  /** Waits for the line, which is written after the response was sent. */
  private AuditEvent await(String action) {
    Await.until(action + " is recorded", () -> !lines(action).isEmpty());
    return lines(action).getFirst();
  }
}
