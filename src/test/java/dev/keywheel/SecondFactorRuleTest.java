package dev.keywheel;

import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static dev.keywheel.db.schema.Tables.KNOWN_BROWSERS;
import static dev.keywheel.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.people.CheapPasswords;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import dev.keywheel.support.WebApp;
import dev.keywheel.time.Delayer;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The rule that administrators need a second factor, on all routes; and recovery from a lost
 * factor.
 */
@Tag("full")
class SecondFactorRuleTest {
  private static final String FACTOR = "/settings/second-factor";
  private static final String GRACE = "grace@example.org";

  @AutoClose private final RunningApp app = RunningApp.withAdministrator();
  private final HttpBrowser ada = app.administrator();

  private static List<String> setUpApp(HttpBrowser browser) {
    browser.post(FACTOR + "/app");
    var secret = browser.get(FACTOR + "/app").page().select(".qr-key").text().replace(" ", "");
    return browser
        .post(FACTOR + "/app/confirmation", "code", TestFactors.code(secret, Instant.now()))
        .page()
        .select("#recovery-codes li")
        .eachText();
  }

  private Answer require(String value) {
    return ada.post("/settings/sign-in", "secondFactorForAdmins", value);
  }

  /** Adds another administrator, who is signed in with the password. */
  private HttpBrowser addGrace() {
    var invited = ada.post("/settings/people", "email", GRACE, "role", "admin");
    var link = invited.page().select("input[data-select]").val();
    var browser = app.browser();
    browser.post(
        "/invitation", "token", link.replaceAll(".*token=", ""), "password", WebApp.PASSWORD);
    assertThat(signInWithPassword(browser).status()).isEqualTo(303);
    browser.get(FACTOR);
    return browser;
  }

  private static Answer signInWithPassword(HttpBrowser browser) {
    return browser.post("/login", "email", GRACE, "password", WebApp.PASSWORD);
  }

  private int browsersKnownTo(String email) {
    return app.database()
        .read(
            dsl ->
                dsl.fetchCount(
                    KNOWN_BROWSERS.join(USERS).on(USERS.ID.eq(KNOWN_BROWSERS.USER_ID)),
                    USERS.EMAIL.eq(email)));
  }

  @Test
  void the_rule_is_not_turned_on_by_an_administrator_without_a_factor() {
    assertThat(require("on").status()).isEqualTo(422);
    assertThat(ada.get("/").status()).isEqualTo(200);
    setUpApp(ada);
    assertThat(require("on").status()).isEqualTo(303);
    assertThat(ada.get("/settings").page().select("input[name=secondFactorForAdmins][checked]"))
        .hasSize(1);
  }

  @Test
  void the_rule_is_not_turned_off_by_a_form_that_was_opened_before_it_was_turned_on() {
    setUpApp(ada);
    String basis = "form[action='/settings/sign-in'] [name=based_on]";
    String box = "input[name=secondFactorForAdmins][checked]";
    String seen = ada.get("/settings").page().select(basis).val();
    require("on");

    var refused = ada.post("/settings/sign-in", "based_on", seen);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.text()).contains("“Second factor required for administrators” is on.");
    assertThat(refused.page().select(box)).as("as it was sent").isEmpty();
    assertThat(ada.get("/settings").page().select(box)).as("as it was saved").hasSize(1);

    String shown = refused.page().select(basis).val();
    assertThat(ada.post("/settings/sign-in", "based_on", shown).status()).isEqualTo(303);
    assertThat(ada.get("/settings").page().select(box)).isEmpty();
  }

  @Test
  void an_administrator_without_a_factor_can_only_set_one_up() {
    var grace = addGrace();
    setUpApp(ada);
    require("on");
    for (var route : app.routes()) {
      var path = route.path().replaceAll("[{<][^}>]+[}>]", "00000000-0000-0000-0000-000000000000");
      boolean free =
          route.access() == RequiredRole.ANYONE
              || route.access() == RequiredRole.INSTANCE_ADMIN // not for her in any case
              || route.flags().contains(RouteFlag.WITHOUT_FACTOR);
      if (!free && route.method().equals("GET")) {
        assertThat(grace.get(path).header("Location")).as(path).hasValue(FACTOR);
      } else if (!free) {
        assertThat(grace.post(path).status()).as(path).isEqualTo(403);
      }
    }
    var page = grace.get(FACTOR);
    assertThat(page.text()).contains("Administrators need a second factor here");
    assertThat(page.page().select("nav")).isEmpty();
    assertThat(setUpApp(grace)).hasSize(10);
    assertThat(grace.get("/").status()).isEqualTo(200);
    assertThat(grace.post(FACTOR + "/app/removal").text()).contains("Set up another one");
    assertThat(grace.get("/").status()).isEqualTo(200);
  }

  @Test
  void administrators_reset_the_second_factor_of_others_but_not_their_own() {
    var grace = addGrace();
    var elsewhere = app.browser();
    signInWithPassword(elsewhere);
    setUpApp(grace);
    assertThat(signInWithPassword(app.browser()).status()).as("a code is required").isEqualTo(200);
    var people = ada.get("/settings/people");
    var reset = people.page().select("form[action$=/second-factor-reset]").attr("action");
    assertThat(browsersKnownTo(GRACE)).isPositive();
    assertThat(grace.post(reset).status()).as("the user's own").isEqualTo(422);
    assertThat(ada.post(reset).status()).isEqualTo(303);
    assertThat(browsersKnownTo(GRACE)).isZero();
    assertThat(grace.get("/").status()).as("signed out").isEqualTo(303);
    assertThat(signInWithPassword(app.browser()).status()).as("the password alone").isEqualTo(303);
    var log = ada.get("/settings/audit").text();
    assertThat(log).contains("reset a second factor", "lost the second factor");
    assertThat(ada.post(reset).status()).as("nothing left to reset").isEqualTo(422);
  }

  @Test
  void the_operator_resets_the_factor_of_the_only_administrator_by_a_command() throws Exception {
    setUpApp(ada);
    assertThat(resetByCommand(WebApp.EMAIL)).contains("password alone");
    assertThat(ada.get("/settings/account").status()).as("signed out").isEqualTo(303);
    var signedIn = app.administrator();
    assertThat(signedIn.get("/settings/audit").text()).contains("the operator of the server");
    assertThatThrownBy(() -> resetByCommand(WebApp.EMAIL))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("no second factor");
  }

  @Test
  void a_reset_for_a_user_without_a_workspace_is_in_the_log_of_the_instance() throws Exception {
    setUpApp(addGrace());
    app.asOwner(
        "delete from members where user_id = (select id from users where email = '" + GRACE + "')");
    resetByCommand(GRACE);
    List<String> recorded =
        app.database()
            .read(
                dsl ->
                    dsl.select(AUDIT_EVENTS.ACTION)
                        .from(AUDIT_EVENTS)
                        .where(AUDIT_EVENTS.WORKSPACE_ID.eq(WorkspaceIds.INSTANCE))
                        .and(AUDIT_EVENTS.SUBJECT.eq(GRACE))
                        .fetch(AUDIT_EVENTS.ACTION));
    assertThat(recorded).contains(AuditAction.LOST_SECOND_FACTOR.text());
  }

  private String resetByCommand(String email) throws Exception {
    var services =
        new SystemServices(
            Instant::now,
            Delayer.real(),
            new SecureRandom(),
            CheapPasswords.get(),
            SandboxOptions.instant());
    return OperatorCommand.run(app.config(), services, "reset-second-factor", email);
  }
}
