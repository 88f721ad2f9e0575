package dev.keywheel.web.workspaces;

import static dev.keywheel.web.workspaces.WorkspaceSite.GRACE;
import static dev.keywheel.web.workspaces.WorkspaceSite.enter;
import static dev.keywheel.web.workspaces.WorkspaceSite.path;
import static dev.keywheel.web.workspaces.WorkspaceSite.switcher;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import dev.keywheel.support.WebApp;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Invitations to workspaces, and the rights of their members and administrators. */
@Tag("full")
class WorkspaceMembersTest {
  @AutoClose private final WorkspaceSite site = new WorkspaceSite();
  private final WebApp app = site.app;
  private final HttpBrowser admin = site.admin;

  @Test
  void an_existing_account_joins_by_an_invitation_that_does_not_reveal_the_account() {
    var grace = app.member(GRACE, Role.ADMIN);
    site.enterSecond();
    var known = admin.post("/settings/people", "email", GRACE, "role", "viewer");
    var unknown = admin.post("/settings/people", "email", "new@example.org", "role", "viewer");
    assertThat(known.page().select(".notice:has(input)").text().replace(GRACE, "new@example.org"))
        .isEqualTo(unknown.page().select(".notice:has(input)").text());
    assertThat(admin.get("/settings/people").page().select("section:has(#invited) tbody tr"))
        .extracting(row -> row.text().replace(GRACE, "new@example.org"))
        .hasSize(2)
        .containsOnly("new@example.org Viewer ends in 3 days New link Withdraw");
    assertThat(app.people.members(site.second)).hasSize(1);
    var anonymous = app.browser();
    assertThat(shape(anonymous.get(link(known)))).isEqualTo(shape(anonymous.get(link(unknown))));
    assertThat(answer(anonymous, known)).isEqualTo(answer(anonymous, unknown));
    assertThat(app.people.members(site.second)).hasSize(2);

    var hers = app.browser(grace);
    assertThat(hers.get(link(known)).text()).contains("Join Garden", "as viewer");
    var joined = hers.post("/invitation/acceptance", "token", token(known));
    assertThat(joined.status()).isEqualTo(303);
    assertThat(switcher(hers)).isEqualTo("Workspace: Garden");
    assertThat(hers.get("/settings/people").status()).as("a viewer there").isEqualTo(403);
    enter(hers, app.workspace());
    assertThat(hers.get("/settings/people").status()).as("administrator here").isEqualTo(200);
    var used = app.browser().get(link(known));
    assertThat(used.status()).isEqualTo(403);
    assertThat(used.text()).contains("ask the person who invited you");
    assertThat(used.page().select("main a.button").eachText()).containsOnly("Sign in");
    assertThat(hers.get(link(known)).page().select("main a.button").eachText())
        .contains("Back to dashboard");
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
    site.enterSecond();
    var invited = admin.post("/settings/people", "email", "new@example.org", "role", "admin");
    var grace = app.browser(app.member("eve@example.org", Role.VIEWER));
    assertThat(grace.post("/invitation/acceptance", "token", token(invited)).status())
        .isEqualTo(403);
    var withdrawal = "/settings/people/invitations/withdrawal";
    assertThat(admin.post(withdrawal, "email", "eve\0@example.org").status()).isEqualTo(404);
    admin.post(withdrawal, "email", "new@example.org");
    assertThat(app.browser().get(link(invited)).status()).isEqualTo(403);
    assertThat(app.people.members(site.second)).hasSize(1);
  }

  @Test
  void a_member_who_accepts_an_earlier_invitation_keeps_the_role_and_joins_only_once() {
    var grace = app.member(GRACE, Role.OPERATOR);
    var there = site.enterSecond();
    var earlier = app.invitations.invite(there, GRACE, Role.VIEWER);
    app.db.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "insert into members (workspace_id, user_id, role, joined_at)"
                        + " values (?, ?, 'admin', now())",
                    site.second,
                    grace.userId()));
    var hers = app.browser(grace);
    assertThat(hers.post("/invitation/acceptance", "token", earlier).status()).isEqualTo(303);
    assertThat(hers.get("/settings/people").status()).as("administrator there").isEqualTo(200);
    assertThat(site.log(site.second))
        .noneMatch(line -> line.startsWith("joined the workspace"))
        .filteredOn(line -> line.startsWith("entered the workspace"))
        .as("the administrator and the member")
        .hasSize(2);
  }

  @Test
  void a_removed_member_loses_all_rights_there_at_once_and_keeps_those_elsewhere() {
    var grace = app.member(GRACE, Role.OPERATOR);
    var there = site.enterSecond();
    var joined = site.join(there, grace, Role.ADMIN);
    var hers = app.browser(joined);
    assertThat(hers.get("/settings/people").status()).isEqualTo(200);
    assertThat(admin.post(path(grace, "removal")).status()).isEqualTo(303);
    assertThat(switcher(hers)).isEmpty();
    assertThat(hers.get("/").status()).isEqualTo(200);
    assertThat(hers.get("/settings/people").status()).isEqualTo(403);
    assertThat(site.sessionWorkspaces(grace)).containsOnly(app.workspace());
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
    assertThat(site.instanceLog()).contains("sign-in refused: null");
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
    var before = site.account(grace);
    var token = app.accounts.issuePasswordLink(app.admin(), grace.userId()).token();
    var set = app.browser().post("/password", "token", token, "password", "nine geese on a lake");
    assertThat(set.location()).isEqualTo("/login");
    assertThat(site.account(grace)).isNotEqualTo(before);
    assertThat(site.instanceLog()).contains("chose a password: " + GRACE);
  }

  @Test
  void a_changed_password_ends_the_password_link_of_its_account() {
    var grace = app.member(GRACE, Role.VIEWER);
    var token = app.accounts.issuePasswordLink(app.admin(), grace.userId()).token();
    assertThat(app.people.isValidPasswordLink(token)).isTrue();
    var session = app.sessions.find(app.session(grace), app.clock.instant()).orElseThrow();
    app.people.changePassword(session, "nine geese on a lake");
    assertThat(app.people.isValidPasswordLink(token)).isFalse();
  }

  private static Answer signIn(HttpBrowser browser, String next) {
    return browser.post("/login", "email", GRACE, "password", WebApp.PASSWORD, "next", next);
  }

  @Test
  void an_account_with_rights_elsewhere_is_managed_by_instance_administrators_only() {
    var grace = app.member(GRACE, Role.OPERATOR);
    var boss = app.member("boss@example.org", Role.ADMIN);
    var theirs = app.browser(boss);
    assertThat(theirs.post(path(grace, "disablement")).status()).as("only here").isEqualTo(303);
    theirs.post(path(grace, "enablement"));
    site.join(site.enterSecond(), grace, Role.VIEWER);
    var before = site.account(grace);
    for (var action : List.of("disablement", "enablement", "link")) {
      assertThat(theirs.post(path(grace, action)).status()).as(action).isEqualTo(403);
      assertThat(theirs.post(path(app.admin(), action)).status()).as(action).isEqualTo(403);
    }
    assertThat(site.account(grace)).isEqualTo(before);
    assertThat(theirs.get("/settings/people").page().select("[aria-label='Disable " + GRACE + "']"))
        .isEmpty();
    var accounts = "/settings/workspaces/accounts/" + grace.userId();
    assertThat(admin.post(accounts + "/disablement").status()).isEqualTo(303);
    assertThat(site.account(grace)).isNotEqualTo(before);
    assertThat(site.instanceLog()).contains("disabled a member: " + GRACE);
  }

  @Test
  void the_last_administrators_of_a_workspace_and_of_the_instance_cannot_be_removed() {
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
  void a_member_whose_workspace_is_archived_is_told_so_at_the_sign_in() {
    var grace = app.member(GRACE, Role.OPERATOR);
    site.join(site.enterSecond(), grace, Role.OPERATOR);
    enter(admin, app.workspace());
    app.people.remove(app.admin(), grace.userId());
    admin.post("/settings/workspaces/" + site.second + "/archival");
    assertThat(signIn(app.browser(), "/").text())
        .contains("The workspace of this account is archived.")
        .doesNotContain("invitation");
    admin.post("/settings/workspaces/" + site.second + "/restoration");
    assertThat(signIn(app.browser(), "/").location()).isEqualTo("/");
  }

  @Test
  void an_open_page_of_an_archived_workspace_says_so_instead_of_a_session_that_has_ended() {
    var grace = app.member(GRACE, Role.OPERATOR);
    site.join(site.enterSecond(), grace, Role.OPERATOR);
    enter(admin, app.workspace());
    app.people.remove(app.admin(), grace.userId());
    var hers = app.browser();
    signIn(hers, "/");
    var page = site.second.toString();
    admin.post("/settings/workspaces/" + page + "/archival");

    assertThat(hers.get("/login/again", "X-Dialog", "1", "X-Workspace", page).text())
        .contains("The workspace of this page was archived.", "This page is kept.")
        .doesNotContain("session");
    assertThat(hers.post("/workspace", "to", page, "workspace", page).text())
        .contains("The workspace of this page was archived.");
    assertThat(hers.get("/login/again", "X-Dialog", "1").text()).contains("Your session has ended");
  }

  @Test
  void the_only_administrator_of_an_archived_workspace_can_be_disabled() {
    var grace = app.member(GRACE, Role.VIEWER);
    site.join(site.enterSecond(), grace, Role.ADMIN);
    enter(admin, app.workspace());
    app.people.remove(
        new Principal(grace.userId(), GRACE, site.second, Role.ADMIN, false), app.admin().userId());
    var disablement = "/settings/workspaces/accounts/" + grace.userId() + "/disablement";
    assertThat(admin.post(disablement).text())
        .contains(GRACE + " is the last administrator of Garden.");

    var garden = "/settings/workspaces/" + site.second;
    admin.post(garden + "/archival");
    assertThat(admin.post(disablement).status()).isEqualTo(303);
    assertThat(admin.get(garden).text()).contains("you become its administrator");
    admin.post(garden + "/restoration");
    assertThat(admin.get("/settings/workspaces").text())
        .contains("You are its administrator now, because none of its administrators can sign in.");
    enter(admin, site.second);
    assertThat(admin.get("/settings/people").status()).isEqualTo(200);
    assertThat(site.log(site.second)).contains("restored a workspace: Garden");

    enter(admin, app.workspace());
    admin.post(garden + "/archival");
    admin.post(garden + "/restoration");
    assertThat(admin.get("/settings/workspaces").text()).doesNotContain("its administrator now");
  }
}
