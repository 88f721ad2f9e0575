package dev.keywheel.web.workspaces;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static dev.keywheel.db.schema.Tables.SESSIONS;
import static dev.keywheel.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.NotFound;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.settings.PeopleRoutes;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Making, entering, archiving workspaces, and the rights of their people. */
class WorkspacePagesTest {
  private static final String GRACE = "grace@example.org";

  @RegisterExtension final Chromium chromium = new Chromium();

  private final TestDatabase database = TestDatabase.create();

  private final TestClock clock = new TestClock();
  private WebApp app;
  private HttpBrowser admin;
  private UUID second;

  @BeforeEach
  void start() {
    app = WebApp.start(database.database(), clock, WorkspacePagesTest::screens);
    admin = app.browser(app.admin());
  }

  @AfterEach
  void stop() {
    app.close();
    database.close();
  }

  private static List<Screen> screens(WebApp parts) {
    Screen article =
        routes -> {
          routes.get(
              "/articles/{id}",
              RequiredRole.VIEWER,
              _ -> {
                throw new NotFound("There is no such article.");
              });
          routes.get(
              "/",
              RequiredRole.VIEWER,
              ctx -> parts.web.page(ctx, PageMeta.titled("Start"), output -> {}));
        };
    return List.of(
        new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations),
        new WorkspaceRoutes(parts.web, parts.workspaces, parts.accounts, () -> {}),
        article);
  }

  /** The administrator in a second workspace, which the browser has entered. */
  private Principal inSecond() {
    second = app.workspaces.create(app.admin(), "Garden");
    enter(admin, second);
    return new Principal(app.admin().userId(), WebApp.EMAIL, second, Role.ADMIN, true);
  }

  private static void enter(HttpBrowser browser, UUID workspace) {
    assertThat(browser.post("/workspace", "to", workspace.toString()).status()).isEqualTo(303);
  }

  private static String switcher(HttpBrowser browser) {
    return browser.get("/").page().select(".switcher summary").attr("aria-label");
  }

  private static String path(Principal person, String action) {
    return "/settings/people/" + person.userId() + "/" + action;
  }

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
    assertThat(instanceLog()).contains("created a workspace: Garden");
  }

  @Test
  void a_form_of_a_page_from_before_a_switch_in_another_tab_is_refused() {
    var form = List.of(Map.entry("name", "Field"), Map.entry("workspace", app.workspace() + ""));
    inSecond();
    var refused = admin.post("/settings/workspaces", form, admin.token());
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text()).contains("You switched to another workspace in another tab");
    assertThat(app.workspaces.all()).hasSize(2);
    var fragment = admin.get("/", "HX-Request", "true", "X-Workspace", app.workspace().toString());
    assertThat(fragment.status()).isEqualTo(409);
    assertThat(admin.get("/", "X-Workspace", second.toString()).status()).isEqualTo(200);
    enter(admin, app.workspace());
    assertThat(admin.post("/settings/workspaces", form, admin.token()).status()).isEqualTo(303);
  }

  @Test
  void every_form_of_a_page_carries_its_workspace() {
    var page = admin.get("/settings/people").page();
    assertThat(page.select("form[method=post]"))
        .allSatisfy(
            form ->
                assertThat(form.select("input[name=workspace]").val())
                    .isEqualTo(app.workspace().toString()));
    assertThat(page.body().attr("hx-headers:inherited")).contains(app.workspace().toString());
  }

  @Test
  void a_link_into_another_workspace_of_the_reader_offers_to_switch() {
    var there = inSecond();
    var article = article(second);
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
    app.people.changeRole(there, there.userId(), Role.ADMIN); // still a member
    var button = offer.page().select("main form button").val();
    admin.post("/workspace", "to", button, "next", "/articles/" + article);
    assertThat(admin.get("/articles/" + article).text()).contains("There is no such article");
  }

  @Test
  void an_account_elsewhere_joins_after_accepting_and_the_inviting_administrator_cannot_tell() {
    var grace = app.member(GRACE, Role.ADMIN);
    inSecond();
    var known = admin.post("/settings/people", "email", GRACE, "role", "viewer");
    var unknown = admin.post("/settings/people", "email", "new@example.org", "role", "viewer");
    assertThat(known.page().select(".notice:has(input)").text().replace(GRACE, "new@example.org"))
        .isEqualTo(unknown.page().select(".notice:has(input)").text());
    assertThat(admin.get("/settings/people").page().select("section:has(#invited) tbody tr"))
        .extracting(row -> row.text().replace(GRACE, "new@example.org"))
        .hasSize(2)
        .containsOnly("new@example.org Viewer ends in 3 days New link Withdraw");
    assertThat(app.people.members(second)).hasSize(1);
    var anonymous = app.browser();
    assertThat(shape(anonymous.get(link(known)))).isEqualTo(shape(anonymous.get(link(unknown))));
    assertThat(answer(anonymous, known)).isEqualTo(answer(anonymous, unknown));
    assertThat(app.people.members(second)).hasSize(2);

    var hers = app.browser(grace);
    assertThat(hers.get(link(known)).text()).contains("Join Garden", "as viewer");
    var joined = hers.post("/invitation/acceptance", "token", token(known));
    assertThat(joined.status()).isEqualTo(303);
    assertThat(switcher(hers)).isEqualTo("Workspace: Garden");
    assertThat(hers.get("/settings/people").status()).as("a viewer there").isEqualTo(403);
    enter(hers, app.workspace());
    assertThat(hers.get("/settings/people").status()).as("administrator here").isEqualTo(200);
    assertThat(app.browser().get(link(known)).status()).as("used").isEqualTo(403);
  }

  private static String answer(HttpBrowser browser, HttpBrowser.Answer invited) {
    var answer =
        browser.post(
            "/invitation", "token", token(invited), "password", "a good long new password");
    return answer.status() + answer.location() + answer.header("Set-Cookie");
  }

  private static String shape(HttpBrowser.Answer answer) {
    return answer.page().select("main").text().replace(GRACE, "new@example.org");
  }

  private static String link(HttpBrowser.Answer invited) {
    return invited.page().select("input[data-select]").val().replaceFirst("https?://[^/]+", "");
  }

  private static String token(HttpBrowser.Answer invited) {
    return link(invited).replaceFirst(".*token=", "");
  }

  @Test
  void an_invitation_is_for_its_address_only_and_can_be_withdrawn() {
    app.member(GRACE, Role.VIEWER);
    inSecond();
    var invited = admin.post("/settings/people", "email", "new@example.org", "role", "admin");
    var grace = app.browser(app.member("eve@example.org", Role.VIEWER));
    assertThat(grace.post("/invitation/acceptance", "token", token(invited)).status())
        .isEqualTo(403);
    admin.post("/settings/people/invitations/withdrawal", "email", "new@example.org");
    assertThat(app.browser().get(link(invited)).status()).isEqualTo(403);
    assertThat(app.people.members(second)).hasSize(1);
  }

  @Test
  void a_removed_member_has_no_rights_there_at_once_and_keeps_those_elsewhere() {
    var grace = app.member(GRACE, Role.OPERATOR);
    var there = inSecond();
    var joined = join(there, grace, Role.ADMIN);
    var hers = app.browser(joined);
    assertThat(hers.get("/settings/people").status()).isEqualTo(200);
    assertThat(admin.post(path(grace, "removal")).status()).isEqualTo(303);
    assertThat(switcher(hers)).isEmpty();
    assertThat(hers.get("/").status()).isEqualTo(200);
    assertThat(hers.get("/settings/people").status()).isEqualTo(403);
    assertThat(sessionWorkspaces(grace)).containsOnly(app.workspace());
    var alone = app.member("alone@example.org", Role.OPERATOR);
    var theirs = app.browser(alone);
    app.people.remove(app.admin(), alone.userId());
    assertThat(theirs.get("/").location()).startsWith("/login");
  }

  @Test
  void an_account_without_a_workspace_joins_one_only_through_the_link_of_its_invitation() {
    var grace = app.member(GRACE, Role.OPERATOR);
    app.people.remove(app.admin(), grace.userId());
    var other = app.invitations.invite(app.admin(), "linus@example.org", Role.ADMIN);
    var token = app.invitations.invite(app.admin(), GRACE, Role.VIEWER);
    var browser = app.browser();
    for (var next : List.of("/", "/invitation?token=guess", "/invitation?token=" + other)) {
      assertThat(signIn(browser, next).text()).as(next).contains("This account has no workspace");
      assertThat(browser.get("/").location()).as(next).startsWith("/login");
    }
    browser.post("/login", "email", GRACE, "password", "wrong", "next", "/");
    assertThat(instanceLog()).contains("sign-in refused: null");
    assertThat(app.people.members(app.workspace())).hasSize(1);
    assertThat(app.invitations.of(app.workspace())).hasSize(2);

    var next = browser.get("/invitation?token=" + token).page().select("a.button").attr("href");
    var joined = signIn(browser, browser.get(next).page().select("input[name=next]").val());
    assertThat(joined.location()).isEqualTo("/");
    assertThat(browser.get("/").text()).contains("You joined Main");
    assertThat(app.people.members(app.workspace())).hasSize(2);
  }

  @Test
  void a_password_link_also_works_for_an_account_without_a_workspace() {
    var grace = app.member(GRACE, Role.OPERATOR);
    app.people.remove(app.admin(), grace.userId());
    var before = account(grace);
    var token = app.accounts.resetLink(app.admin(), grace.userId()).token();
    var set = app.browser().post("/password", "token", token, "password", "nine geese on a lake");
    assertThat(set.location()).isEqualTo("/login");
    assertThat(account(grace)).isNotEqualTo(before);
    assertThat(instanceLog()).contains("chose a password: " + GRACE);
  }

  private static Answer signIn(HttpBrowser browser, String next) {
    return browser.post("/login", "email", GRACE, "password", WebApp.PASSWORD, "next", next);
  }

  @Test
  void an_account_with_rights_elsewhere_is_managed_by_instance_administrators_only() {
    var grace = app.member(GRACE, Role.OPERATOR);
    var boss = app.member("boss@example.org", Role.ADMIN);
    var theirs = app.browser(boss);
    assertThat(theirs.post(path(grace, "disablement")).status()).as("here alone").isEqualTo(303);
    theirs.post(path(grace, "enablement"));
    join(inSecond(), grace, Role.VIEWER);
    var before = account(grace);
    for (var action : List.of("disablement", "enablement", "link")) {
      assertThat(theirs.post(path(grace, action)).status()).as(action).isEqualTo(403);
      assertThat(theirs.post(path(app.admin(), action)).status()).as(action).isEqualTo(403);
    }
    assertThat(account(grace)).isEqualTo(before);
    assertThat(theirs.get("/settings/people").page().select("[aria-label='Disable " + GRACE + "']"))
        .isEmpty();
    var accounts = "/settings/workspaces/accounts/" + grace.userId();
    assertThat(admin.post(accounts + "/disablement").status()).isEqualTo(303);
    assertThat(account(grace)).isNotEqualTo(before);
    assertThat(instanceLog()).contains("disabled a member: " + GRACE);
  }

  @Test
  void the_last_administrators_of_a_workspace_and_of_the_instance_stay() {
    var grace = app.member(GRACE, Role.ADMIN);
    var accounts = "/settings/workspaces/accounts/";
    var own = accounts + app.admin().userId();
    assertThat(admin.post(own + "/dismissal").status()).isEqualTo(422);
    assertThat(app.browser(grace).post(path(app.admin(), "removal")).text())
        .contains("No instance administrator could sign in");
    admin.post(accounts + grace.userId() + "/appointment");
    assertThat(admin.post(own + "/dismissal").status()).isEqualTo(303);
    assertThat(admin.get("/settings/workspaces").status()).isEqualTo(403);
    var hers = app.browser(grace);
    var main = "/settings/workspaces/" + app.workspace();
    assertThat(hers.post(main + "/archival").text()).contains("No instance administrator could");
    assertThat(hers.post(path(app.admin(), "removal")).status()).isEqualTo(303);
    assertThat(hers.post(path(grace, "role"), "role", "viewer").text())
        .contains("last administrator");
  }

  @Test
  void an_archived_workspace_cannot_be_entered_until_it_is_restored() {
    inSecond();
    var garden = "/settings/workspaces/" + second;
    assertThat(admin.post(garden + "/archival").location()).isEqualTo("/settings/workspaces");
    assertThat(sessionWorkspaces(app.admin())).containsOnly(app.workspace());
    assertThat(switcher(admin)).isEmpty();
    assertThat(admin.post("/workspace", "to", second.toString()).status()).isEqualTo(404);
    assertThat(admin.get("/articles/" + article(second)).text()).doesNotContain("Garden");
    assertThat(admin.get("/settings/workspaces").text()).contains("Garden 1 Archived");
    admin.post(garden + "/restoration");
    enter(admin, second);
    assertThat(switcher(admin)).isEqualTo("Workspace: Garden");
    assertThat(instanceLog()).contains("archived a workspace: Garden");
  }

  @Test
  void names_are_checked_and_unique() {
    inSecond();
    for (var name : List.of("", "  ", "main", "x".repeat(61), "a\u0007b")) {
      var refused = admin.post("/settings/workspaces", "name", name);
      assertThat(refused.status()).as(name).isEqualTo(422);
    }
    var garden = "/settings/workspaces/" + second;
    assertThat(admin.post(garden + "/name", "name", "MAIN").status()).isEqualTo(422);
    assertThat(admin.post(garden + "/name", "name", "garden").status()).isEqualTo(303);
    assertThat(app.workspaces.workspace(second).name()).isEqualTo("garden");
    assertThat(admin.get("/settings/workspaces/" + UUID.randomUUID()).status()).isEqualTo(404);
    assertThat(admin.get("/settings/workspaces/" + WorkspaceIds.INSTANCE).status()).isEqualTo(404);
  }

  @Test
  void the_pages_are_sound_in_every_look_and_the_switcher_works_with_the_keyboard() {
    join(inSecond(), app.member(GRACE, Role.OPERATOR), Role.VIEWER);
    var invited = app.invitations.invite(app.admin(), "new@example.org", Role.VIEWER);
    app.workspaces.archive(app.admin(), app.workspaces.create(app.admin(), "Old field"));
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    for (var path :
        List.of("/settings/workspaces", "/settings/workspaces/" + second, "/settings/people")) {
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
    page.navigate(app.url() + "/articles/" + article(app.workspace()));
    chromium.tolerate("404");
    PageChecks.assertGood(page, "elsewhere");
    var stranger = chromium.open(Look.DESKTOP);
    stranger.navigate(app.url() + "/invitation?token=" + invited);
    PageChecks.assertGood(stranger, "invitation");
  }

  @Test
  void without_javascript_the_switcher_opens_and_switches() {
    inSecond();
    var page = app.open(chromium, Look.PHONE.withoutJavaScript(), app.admin());
    page.navigate(app.url() + "/");
    page.locator(".switcher summary").click();
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Garden")).click();
    PlaywrightAssertions.assertThat(page.locator(".switcher summary"))
        .hasAttribute("aria-label", "Workspace: Garden");
  }

  private Principal join(Principal by, Principal person, Role role) {
    var token = app.invitations.invite(by, person.email(), role);
    var session = app.sessions.find(app.session(person), clock.instant()).orElseThrow();
    app.invitations.accept(session, token);
    return new Principal(person.userId(), person.email(), by.workspaceId(), role, false);
  }

  private UUID article(UUID workspace) {
    var id = UUID.randomUUID();
    app.db.runTx(
        tx ->
            tx.dsl()
                .insertInto(ARTICLES)
                .set(ARTICLES.ID, id)
                .set(ARTICLES.WORKSPACE_ID, workspace)
                .set(ARTICLES.TOPIC, "Roses")
                .set(ARTICLES.SLUG, "roses")
                .set(ARTICLES.LANGUAGE, "en")
                .set(ARTICLES.STATE, "draft")
                .set(ARTICLES.CREATED_AT, clock.instant())
                .set(ARTICLES.UPDATED_AT, clock.instant())
                .execute());
    return id;
  }

  private List<UUID> sessionWorkspaces(Principal person) {
    return app.db.read(
        dsl ->
            dsl.fetchValues(
                SESSIONS.WORKSPACE_ID,
                SESSIONS.USER_ID.eq(person.userId()).and(SESSIONS.EXPIRES_AT.gt(clock.instant()))));
  }

  private String account(Principal person) {
    return app.db.read(dsl -> dsl.fetchSingle(USERS, USERS.ID.eq(person.userId())).toString());
  }

  private List<String> instanceLog() {
    return app.db.read(
        dsl ->
            dsl.selectFrom(AUDIT_EVENTS)
                .where(AUDIT_EVENTS.WORKSPACE_ID.eq(WorkspaceIds.INSTANCE))
                .fetch(event -> event.getAction() + ": " + event.getSubject()));
  }
}
