package dev.keywheel.web.settings;

import static dev.keywheel.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.identity.Role;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Actions of a member who tries to exceed the rights granted by an administrator. */
class OwnRightsTest {
  private final TestDatabase database = TestDatabase.create();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          database,
          new TestClock(),
          parts ->
              List.of(
                  new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations)));

  private final HttpBrowser admin = app.browser(app.admin());

  @Test
  void fields_that_a_form_does_not_have_change_nothing() {
    var page = admin.post("/settings/people", "email", "eve@example.org", "role", "viewer");
    String link = page.page().select("input[readonly]").val();
    var eve = app.browser();
    String token = link.substring(link.indexOf("token=") + "token=".length());
    eve.post(
        link.substring(app.url().length()).replaceAll("\\?.*", ""),
        "token",
        token,
        "password",
        WebApp.PASSWORD,
        "role",
        "admin",
        "instance_admin",
        "true",
        "workspace",
        app.workspace().toString(),
        "user_id",
        app.admin().userId().toString(),
        "email",
        "mallory@example.org");
    eve.post("/login", "email", "eve@example.org", "password", WebApp.PASSWORD, "role", "admin");
    assertThat(eve.get("/settings/people").status()).isEqualTo(403);
    assertThat(eve.post("/settings/people", "email", "m@example.org", "role", "admin").status())
        .isEqualTo(403);
    assertThat(admin.get("/settings/people").text()).doesNotContain("mallory");
    boolean instanceAdmin =
        database
            .database()
            .read(
                dsl ->
                    dsl.selectFrom(USERS)
                        .where(USERS.EMAIL.eq("eve@example.org"))
                        .fetchSingle(USERS.INSTANCE_ADMIN));
    assertThat(instanceAdmin).isFalse();
  }

  @Test
  void a_disabled_account_is_signed_out_at_once() {
    var grace = app.member("grace@example.org", Role.ADMIN);
    var browser = app.browser(grace);
    assertThat(browser.get("/settings/people").status()).isEqualTo(200);
    admin.post("/settings/people/" + grace.userId() + "/disablement");
    assertThat(browser.get("/settings/people").status()).isEqualTo(303);
    var again = app.browser();
    again.get("/login");
    assertThat(
            again
                .post("/login", "email", "grace@example.org", "password", WebApp.PASSWORD)
                .status())
        .isEqualTo(422);
  }
}
