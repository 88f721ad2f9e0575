package dev.keywheel.web.settings;

import static dev.keywheel.support.Buttons.press;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The members of a workspace, over HTTP and in a real browser. */
@Tag("full")
class PeoplePagesTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          TestDatabase.create(),
          new TestClock(),
          parts ->
              List.of(
                  new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations)));

  private final HttpBrowser browser = app.browser(app.admin());

  @Test
  void the_members_are_listed_in_pages_and_found_by_a_part_of_their_address() {
    addMembers();
    String first = "/settings/people";
    assertThat(emails(first)).hasSize(50).contains("member-049@example.org");
    String second = link(first, "next");
    assertThat(emails(second)).hasSize(50).contains("member-050@example.org");
    assertThat(emails(link(second, "next"))).hasSize(21);
    assertThat(emails(link(second, "prev"))).isEqualTo(emails(first));
    assertThat(emails(first + "?q=BER-03")).hasSize(10).contains("member-030@example.org");
    assertThat(browser.get(first + "?q=nobody").text()).contains("No member matches");
  }

  @Test
  void after_a_change_of_a_member_the_same_part_of_the_list_is_shown() {
    addMembers();
    String path = link("/settings/people?q=member", "next");
    assertThat(change(path, "role", "role", "operator")).isEqualTo(path);
    assertThat(change(path, "disablement")).isEqualTo(path);
    assertThat(change(path, "enablement")).isEqualTo(path);
    assertThat(change(path, "removal")).isEqualTo(path);
    browser.post("/settings/people", "email", "new@example.org", "role", "viewer");
    assertThat(change("/settings/people?q=member", "invitations/withdrawal"))
        .isEqualTo("/settings/people?q=member");
  }

  @Test
  void a_new_link_is_shown_above_the_part_of_the_list_in_which_it_was_requested() {
    addMembers();
    String path = link("/settings/people?q=member", "next");
    var made = submit(path, "link").page();
    assertThat(made.select("input[readonly]").val()).contains("/password?token=");
    assertThat(made.select("#member-search").val()).isEqualTo("member");
    assertThat(made.select("tbody th").eachText()).isEqualTo(emails(path));

    browser.post("/settings/people", "email", "new@example.org", "role", "viewer");
    var form = "form[action=/settings/people]:has([aria-label^=New link])";
    var again = submit(browser.get("/settings/people?q=member").page().selectFirst(form)).page();
    assertThat(again.select("input[readonly]").val()).contains("/invitation?token=");
    assertThat(again.select("#member-search").val()).isEqualTo("member");
  }

  /** Submits a form of the first member on the page, and returns the path of the next page. */
  private String change(String path, String action, String... fields) {
    return submit(path, action, fields).location();
  }

  private HttpBrowser.Answer submit(String path, String action, String... fields) {
    return submit(
        browser.get(path).page().selectFirst("tbody form[action$=/" + action + "]"), fields);
  }

  /** Submits a form with its hidden fields. */
  private HttpBrowser.Answer submit(Element form, String... fields) {
    var all = new ArrayList<>(List.of(fields));
    for (var field : form.select("[type=hidden]:not([name=csrf]):not([name=based_on])")) {
      all.addAll(List.of(field.attr("name"), field.val()));
    }
    return browser.post(form.attr("action"), all.toArray(String[]::new));
  }

  private void addMembers() {
    app.db.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    with added as (
                      insert into users (id, email, password_hash, created_at, password_changed_at)
                      select gen_random_uuid(), 'member-' || lpad(n::text, 3, '0') || '@example.org', 'none', now(), now()
                        from generate_series(1, 120) n returning id)
                    insert into members select m.workspace_id, added.id, 'viewer', '2040-01-01' from members m, added\
                    """));
  }

  private List<String> emails(String path) {
    return browser.get(path).page().select("tbody th").eachText();
  }

  private String link(String path, String rel) {
    return browser.get(path).page().select(".pager [rel=" + rel + "]").attr("href");
  }

  @Test
  void a_member_joins_by_a_link_that_is_valid_once() {
    var page = browser.post("/settings/people", "email", "Grace@Example.org", "role", "operator");
    var link = page.page().select("input[readonly]").val();
    assertThat(link).startsWith(app.url() + "/invitation?token=");
    assertThat(page.text())
        .contains("Send this link to Grace@Example.org")
        .contains("It works once, expires after three days and is not shown again.");

    var grace = app.browser();
    var form = grace.get(link.substring(app.url().length()));
    var token = form.page().select("input[name=token]").val();
    assertThat(grace.post("/invitation", "token", token, "password", "short").text())
        .contains("needs at least 12 characters");
    assertThat(grace.post("/invitation", "token", token, "password", WebApp.PASSWORD).location())
        .isEqualTo("/login");
    assertThat(grace.post("/invitation", "token", token, "password", "another long one").status())
        .isEqualTo(403);
    assertThat(
            grace
                .post("/login", "email", "grace@example.org", "password", WebApp.PASSWORD)
                .status())
        .isEqualTo(303);
  }

  @Test
  void a_new_invitation_replaces_the_earlier_link_and_both_pages_report_it() {
    var earlier = browser.post("/settings/people", "email", "grace@example.org", "role", "viewer");
    var newer = browser.post("/settings/people", "email", "grace@example.org", "role", "viewer");
    assertThat(newer.text()).contains("Any earlier link no longer works.");

    var link = earlier.page().select("input[readonly]").val();
    var opened = app.browser().get(link.substring(app.url().length()));
    assertThat(opened.status()).isEqualTo(403);
    assertThat(opened.text()).contains("replaced by a newer one");
  }

  @Test
  void the_button_beside_a_role_has_the_address_in_its_name() {
    app.member("grace@example.org", Role.OPERATOR);
    var page = browser.get("/settings/people").page();
    assertThat(page.select("form[action$=/role] button").attr("aria-label"))
        .isEqualTo("Change the role of grace@example.org");
  }

  @Test
  void a_button_beside_a_role_has_one_line_on_a_phone() {
    app.member("grace@example.org", Role.OPERATOR);
    var page = app.open(chromium, Look.PHONE, app.admin());
    page.navigate(app.url() + "/settings/people");
    var lines =
        """
        () => {
          const text = document.createRange();
          text.selectNodeContents(document.querySelector("td .row > .button"));
          return text.getClientRects().length;
        }
        """;
    assertThat(page.evaluate(lines)).isEqualTo(1);
  }

  @Test
  void of_two_concurrent_uses_of_a_password_link_one_replaces_the_lost_password() throws Exception {
    var grace = app.member("grace@example.org", Role.VIEWER);
    var signedIn = app.browser(grace);
    var made = browser.post("/settings/people/" + grace.userId() + "/link");
    assertThat(made.text())
        .contains("It works once, expires after an hour and is not shown again.");
    var link = made.page().select("input[readonly]").val();
    assertThat(link).startsWith(app.url() + "/password?token=");
    var path = link.substring(app.url().length());
    var token = app.browser().get(path).page().select("input[name=token]").val();

    List<Integer> statuses;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> use =
          () ->
              app.browser()
                  .post("/password", "token", token, "password", "nine geese on a lake")
                  .status();
      statuses = threads.invokeAll(List.of(use, use)).stream().map(Future::resultNow).toList();
    }

    assertThat(statuses).containsExactlyInAnyOrder(303, 403);
    assertThat(app.browser().get(path).status()).isEqualTo(403);
    assertThat(signedIn.get("/settings/people").status()).isEqualTo(303);
    assertThat(signIn("grace@example.org", WebApp.PASSWORD)).isEqualTo(422);
    assertThat(signIn("grace@example.org", "nine geese on a lake")).isEqualTo(303);
  }

  private int signIn(String email, String password) {
    return app.browser().post("/login", "email", email, "password", password).status();
  }

  @Test
  void a_member_is_not_added_twice_and_the_last_administrator_stays() {
    var again = browser.post("/settings/people", "email", WebApp.EMAIL, "role", "viewer");
    assertThat(again.status()).isEqualTo(422);
    assertThat(again.text()).contains("There is already a member with the address " + WebApp.EMAIL);
    var id = app.admin().userId();
    assertThat(browser.post("/settings/people/" + id + "/role", "role", "viewer").status())
        .isEqualTo(422);
    assertThat(browser.post("/settings/people/" + id + "/disablement").status()).isEqualTo(422);
    assertThat(browser.post("/settings/people", "email", "x", "role", "viewer").status())
        .isEqualTo(422);
    assertThat(browser.post("/settings/people", "email", "x@y.z", "role", "king").status())
        .isEqualTo(422);
  }

  @Test
  void a_role_that_another_administrator_changed_after_the_page_was_opened_is_not_replaced() {
    var grace = app.member("grace@example.org", Role.VIEWER);
    var path = "/settings/people/" + grace.userId() + "/role";
    var seen = basis(path);
    browser.post(path, "role", "admin", "based_on", seen);

    var refused = browser.post(path, "role", "operator", "based_on", seen);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.text())
        .contains(
            "The role of grace@example.org was changed to Administrator after you opened this page");
    assertThat(role("grace@example.org")).isEqualTo("admin");

    assertThat(browser.post(path, "role", "admin", "based_on", seen).status()).isEqualTo(303);
    assertThat(browser.post(path, "role", "operator", "based_on", basis(path)).status())
        .isEqualTo(303);
    assertThat(role("grace@example.org")).isEqualTo("operator");
  }

  private String basis(String path) {
    return browser
        .get("/settings/people")
        .page()
        .select("form[action=" + path + "] [name=based_on]")
        .val();
  }

  private String role(String email) {
    return browser
        .get("/settings/people")
        .page()
        .select("select[aria-label='Role of " + email + "'] [selected]")
        .val();
  }

  @Test
  void a_member_whom_another_administrator_has_removed_is_not_removed_again() {
    var grace = app.member("grace@example.org", Role.VIEWER);
    var path = "/settings/people/" + grace.userId();
    assertThat(browser.post(path + "/removal").status()).isEqualTo(303);
    assertThat(browser.post(path + "/removal").status()).isEqualTo(404);
    assertThat(browser.post(path + "/role", "role", "admin").status()).isEqualTo(404);
  }

  @Test
  void disabling_a_member_asks_for_confirmation_and_escape_cancels_it() {
    app.member("grace@example.org", Role.VIEWER);
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/people");
    press(page, "Disable grace@example.org");
    var dialog = page.getByRole(AriaRole.DIALOG);
    assertThat(dialog.innerText()).contains("grace@example.org is signed out everywhere");
    page.keyboard().press("Escape");
    PlaywrightAssertions.assertThat(dialog).isHidden();
    PlaywrightAssertions.assertThat(page.locator("[aria-label='Disable grace@example.org']"))
        .isFocused();
    press(page, "Disable grace@example.org");
    dialog.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Disable")).click();
    page.getByText("disabled and signed out everywhere.").waitFor();
    PlaywrightAssertions.assertThat(
            page.getByText("Disabled", new Page.GetByTextOptions().setExact(true)))
        .hasCount(1);
  }
}
