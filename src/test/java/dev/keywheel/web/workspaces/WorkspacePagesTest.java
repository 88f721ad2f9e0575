package dev.keywheel.web.workspaces;

import static dev.keywheel.db.schema.Tables.MEMBERS;
import static dev.keywheel.web.workspaces.WorkspaceSite.GRACE;
import static dev.keywheel.web.workspaces.WorkspaceSite.enter;
import static dev.keywheel.web.workspaces.WorkspaceSite.path;
import static dev.keywheel.web.workspaces.WorkspaceSite.switcher;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.WebApp;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Creating, entering, renaming and archiving workspaces. */
@Tag("full")
class WorkspacePagesTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  @AutoClose private final WorkspaceSite site = new WorkspaceSite();
  private final WebApp app = site.app;
  private final HttpBrowser admin = site.admin;

  @Test
  void a_user_with_one_workspace_never_sees_the_word_workspace() {
    var operator = app.browser(app.member(GRACE, Role.OPERATOR));
    var page = operator.get("/");
    assertThat(page.text()).doesNotContainIgnoringCase("workspace");
    assertThat(page.page().select(".switcher")).isEmpty();
    assertThat(page.page().title()).isEqualTo("Start · Keywheel");
    assertThat(operator.get("/settings/people").text()).doesNotContainIgnoringCase("workspace");
  }

  @Test
  void the_switcher_appears_with_the_second_workspace_and_the_next_sign_in_remembers_the_choice() {
    var made = admin.post("/settings/workspaces", "name", " Garden ");
    assertThat(made.location()).isEqualTo("/settings/workspaces");
    assertThat(switcher(admin)).isEqualTo("Workspace: Main");
    var garden = admin.get("/").page().selectFirst(".switcher button:contains(Garden)");
    enter(admin, UUID.fromString(garden.val()));
    assertThat(switcher(admin)).isEqualTo("Workspace: Garden");
    assertThat(admin.get("/").page().title()).isEqualTo("Start · Garden · Keywheel");
    var later = app.browser();
    later.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
    assertThat(switcher(later)).isEqualTo("Workspace: Garden");
    assertThat(site.instanceLog()).contains("created a workspace: Garden");
  }

  @Test
  void the_link_to_the_log_of_the_instance_is_shown_only_to_those_who_may_read_it() {
    var log = "a[href=/settings/audit?log=instance]";
    assertThat(admin.get("/settings/workspaces").page().select(log)).hasSize(1);
    app.db.runTx(tx -> tx.dsl().update(MEMBERS).set(MEMBERS.ROLE, Role.VIEWER.code()).execute());
    var page = admin.get("/settings/workspaces").page();
    assertThat(page.select("h1").text()).isEqualTo("Workspaces");
    assertThat(page.select(log)).isEmpty();
  }

  @Test
  void a_form_of_a_page_opened_before_a_switch_in_another_tab_is_refused() {
    var form = List.of(Map.entry("name", "Field"), Map.entry("workspace", app.workspace() + ""));
    site.enterSecond();
    var refused = admin.post("/settings/workspaces", form, admin.token());
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text()).contains("You switched to another workspace in another tab");
    assertThat(app.workspaces.all()).hasSize(2);
    var fragment = admin.get("/", "HX-Request", "true", "X-Workspace", app.workspace().toString());
    assertThat(fragment.status()).isEqualTo(409);
    assertThat(fragment.body()).contains("This page shows Main, but you are in Garden.");
    assertThat(admin.get("/", "X-Workspace", site.second.toString()).status()).isEqualTo(200);
    enter(admin, app.workspace());
    assertThat(admin.post("/settings/workspaces", form, admin.token()).status()).isEqualTo(303);
  }

  @Test
  void every_form_of_a_page_carries_its_workspace() {
    var page = admin.get("/settings/people").page();
    assertThat(page.select("form[method=post]"))
        .isNotEmpty()
        .allSatisfy(
            form ->
                assertThat(form.select("input[name=workspace]").val())
                    .isEqualTo(app.workspace().toString()));
    assertThat(page.body().attr("hx-headers:inherited")).contains(app.workspace().toString());
  }

  @Test
  void a_link_into_another_workspace_of_the_reader_offers_to_switch() {
    var there = site.enterSecond();
    var article = site.addArticle(site.second);
    enter(admin, app.workspace());
    var offer = admin.get("/articles/" + article);
    assertThat(offer.status()).isEqualTo(404);
    assertThat(offer.text()).contains("This page belongs to Garden");
    var stranger = app.browser(app.member(GRACE, Role.ADMIN));
    var unknown = stranger.get("/articles/" + article);
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.text().replaceAll("Request \\w+", ""))
        .isEqualTo(
            stranger.get("/articles/" + UUID.randomUUID()).text().replaceAll("Request \\w+", ""))
        .doesNotContain("Garden");
    app.people.changeRole(there, there.userId(), Role.ADMIN, _ -> {}); // still a member
    var button = offer.page().select("main form button").val();
    admin.post("/workspace", "to", button, "next", "/articles/" + article);
    assertThat(admin.get("/articles/" + article).text()).contains("There is no such article");
  }

  @Test
  void an_archived_workspace_cannot_be_entered_until_it_is_restored() {
    site.enterSecond();
    var garden = "/settings/workspaces/" + site.second;
    assertThat(admin.get(garden).page().select("form[action$=/archival]").attr("data-confirm"))
        .contains("programs with its access tokens are refused");
    assertThat(admin.post(garden + "/archival").location()).isEqualTo("/settings/workspaces");
    assertThat(admin.get("/settings/workspaces").text())
        .contains("articles are kept. You are now in the workspace ");
    assertThat(site.sessionWorkspaces(app.admin())).containsOnly(app.workspace());
    assertThat(switcher(admin)).isEmpty();
    assertThat(admin.post("/workspace", "to", site.second.toString()).status()).isEqualTo(404);
    assertThat(admin.get("/articles/" + site.addArticle(site.second)).text())
        .doesNotContain("Garden");
    assertThat(admin.get("/settings/workspaces").text()).contains("Garden 1 Archived");
    admin.post(garden + "/restoration");
    enter(admin, site.second);
    assertThat(switcher(admin)).isEqualTo("Workspace: Garden");
    assertThat(site.instanceLog()).contains("archived a workspace: Garden");
  }

  @Test
  void accounts_are_listed_in_pages_and_found_by_a_part_of_their_address() {
    app.db.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    insert into users (id, email, password_hash, created_at, password_changed_at)
                    select gen_random_uuid(), 'user-' || lpad(n::text, 3, '0') || '@example.org', 'none', now(), now()
                      from generate_series(1, 120) n\
                    """));
    var first = accounts("/settings/workspaces");
    assertThat(first).hasSize(50).contains("user-049@example.org");
    var second = link("/settings/workspaces", "next");
    assertThat(accounts(second)).hasSize(50).contains("user-050@example.org");
    assertThat(accounts(link(second, "next"))).hasSize(21);
    assertThat(accounts(link(second, "prev"))).isEqualTo(first);
    assertThat(accounts("/settings/workspaces?q=SER-03")).hasSize(10);
    assertThat(admin.get("/settings/workspaces?q=nobody").text()).contains("No account matches");

    var page = admin.get(link("/settings/workspaces?q=user", "next")).page();
    var form = page.selectFirst("form[action$=/disablement]");
    var after = form.select("[name=after]").val();
    var changed = admin.post(form.attr("action"), "q", "user", "after", after);
    assertThat(changed.location()).isEqualTo("/settings/workspaces?q=user&after=" + after);
    assertThat(accounts(changed.location())).contains("user-051@example.org");
  }

  private List<String> accounts(String path) {
    return admin.get(path).page().select("[aria-labelledby=accounts] tbody th").eachText();
  }

  private String link(String path, String rel) {
    var href = admin.get(path).page().select(".pager [rel=" + rel + "]").attr("href");
    assertThat(href).endsWith("#account-search-form");
    return href.substring(0, href.indexOf('#'));
  }

  @Test
  void names_are_checked_and_unique() {
    site.enterSecond();
    for (var name : List.of("", "  ", "main", "x".repeat(61), "a\u0007b")) {
      var refused = admin.post("/settings/workspaces", "name", name);
      assertThat(refused.status()).as(name).isEqualTo(422);
    }
    var garden = "/settings/workspaces/" + site.second;
    assertThat(admin.post(garden + "/name", "name", "MAIN").status()).isEqualTo(422);
    assertThat(admin.post(garden + "/name", "name", "garden").status()).isEqualTo(303);
    assertThat(app.workspaces.workspace(site.second).name()).isEqualTo("garden");
    assertThat(admin.post(garden + "/name", "name", " garden ").status()).isEqualTo(303);
    assertThat(site.instanceLog()).containsOnlyOnce("renamed a workspace: garden");
    assertThat(admin.get("/settings/workspaces/" + UUID.randomUUID()).status()).isEqualTo(404);
    assertThat(admin.get("/settings/workspaces/" + WorkspaceIds.INSTANCE).status()).isEqualTo(404);
  }

  @Test
  void a_name_that_was_changed_since_the_page_was_opened_is_not_overwritten_unseen() {
    site.enterSecond();
    var garden = "/settings/workspaces/" + site.second;
    String seen = admin.get(garden).page().select("[name=based_on]").val();
    admin.post(garden + "/name", "name", "Theirs");
    var refused = admin.post(garden + "/name", "name", "Mine", "based_on", seen);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.page().select("#e-name").text()).contains("to “Theirs”");
    seen = refused.page().select("[name=based_on]").val();
    assertThat(admin.post(garden + "/name", "name", "Mine", "based_on", seen).status())
        .isEqualTo(303);
  }

  @Test
  void the_pages_are_accessible_in_every_theme_and_width_and_the_switcher_by_keyboard() {
    site.join(site.enterSecond(), app.member(GRACE, Role.OPERATOR), Role.VIEWER);
    var invited = app.invitations.invite(app.admin(), "new@example.org", Role.VIEWER);
    app.workspaces.archive(app.admin(), app.workspaces.create(app.admin(), "Old field"));
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    for (var path :
        List.of(
            "/settings/workspaces", "/settings/workspaces/" + site.second, "/settings/people")) {
      page.navigate(app.url() + path);
      PageChecks.assertGood(
          page, "several" + path.replaceAll("/[0-9a-f-]{36}", "-one").replace('/', '-'));
    }
    page.locator(".switcher summary").focus();
    page.keyboard().press("Enter");
    PageChecks.assertGood(page, "switcher-open");
    page.keyboard().press("Tab");
    page.keyboard().press("Enter");
    page.getByText("You are in Garden now.").waitFor();
    page.navigate(app.url() + "/articles/" + site.addArticle(app.workspace()));
    chromium.tolerate("404");
    PageChecks.assertGood(page, "elsewhere");
    var stranger = chromium.open(Look.DESKTOP);
    stranger.navigate(app.url() + "/invitation?token=" + invited);
    PageChecks.assertGood(stranger, "invitation");
  }

  @Test
  void without_javascript_the_switcher_opens_and_switches() {
    site.enterSecond();
    var page = app.open(chromium, Look.PHONE.withoutJavaScript(), app.admin());
    page.navigate(app.url() + "/");
    page.locator(".switcher summary").click();
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Garden")).click();
    PlaywrightAssertions.assertThat(page.locator(".switcher summary"))
        .hasAttribute("aria-label", "Workspace: Garden");
  }
}
