package dev.keywheel.web.workspaces;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.AUDIT_EVENTS;
import static dev.keywheel.db.schema.Tables.SESSIONS;
import static dev.keywheel.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.NotFound;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.settings.PeopleRoutes;
import java.util.List;
import java.util.UUID;

/** Workspaces and the pages about them, with an administrator and a browser that is signed in. */
final class WorkspaceSite implements AutoCloseable {
  static final String GRACE = "grace@example.org";

  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  final WebApp app = WebApp.start(database.database(), clock, WorkspaceSite::screens);
  final HttpBrowser admin = app.browser(app.admin());
  UUID second;

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

  /** Creates a second workspace, which the browser enters; returns the administrator in it. */
  Principal enterSecond() {
    second = app.workspaces.create(app.admin(), "Garden");
    enter(admin, second);
    return new Principal(app.admin().userId(), WebApp.EMAIL, second, Role.ADMIN, true);
  }

  static void enter(HttpBrowser browser, UUID workspace) {
    assertThat(browser.post("/workspace", "to", workspace.toString()).status()).isEqualTo(303);
  }

  static String switcher(HttpBrowser browser) {
    return browser.get("/").page().select(".switcher summary").attr("aria-label");
  }

  static String path(Principal person, String action) {
    return "/settings/people/" + person.userId() + "/" + action;
  }

  Principal join(Principal by, Principal person, Role role) {
    var token = app.invitations.invite(by, person.email(), role);
    var session = app.sessions.find(app.session(person), clock.instant()).orElseThrow();
    app.invitations.accept(session, token);
    return new Principal(person.userId(), person.email(), by.workspaceId(), role, false);
  }

  UUID addArticle(UUID workspace) {
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

  List<UUID> sessionWorkspaces(Principal person) {
    return app.db.read(
        dsl ->
            dsl.fetchValues(
                SESSIONS.WORKSPACE_ID,
                SESSIONS.USER_ID.eq(person.userId()).and(SESSIONS.EXPIRES_AT.gt(clock.instant()))));
  }

  String account(Principal person) {
    return app.db.read(dsl -> dsl.fetchSingle(USERS, USERS.ID.eq(person.userId())).toString());
  }

  List<String> instanceLog() {
    return log(WorkspaceIds.INSTANCE);
  }

  List<String> log(UUID workspace) {
    return app.db.read(
        dsl ->
            dsl.selectFrom(AUDIT_EVENTS)
                .where(AUDIT_EVENTS.WORKSPACE_ID.eq(workspace))
                .fetch(
                    event ->
                        event.get(AUDIT_EVENTS.ACTION) + ": " + event.get(AUDIT_EVENTS.SUBJECT)));
  }

  @Override
  public void close() {
    app.close();
    database.close();
  }
}
