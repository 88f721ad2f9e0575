package dev.keywheel;

import static dev.keywheel.RouteTables.ADMIN;
import static dev.keywheel.RouteTables.ANYONE;
import static dev.keywheel.RouteTables.INSTANCE_ADMIN;
import static dev.keywheel.RouteTables.OPERATOR;
import static dev.keywheel.RouteTables.STEP_UP;
import static dev.keywheel.RouteTables.VIEWER;
import static dev.keywheel.db.schema.Tables.MEMBERS;
import static dev.keywheel.db.schema.Tables.SESSIONS;
import static dev.keywheel.db.schema.Tables.USERS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.identity.Role;
import dev.keywheel.people.identity.Session;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.server.Routes.Route;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Which roles may use which address. A new route fails here until it is added to the tables; each
 * route is then requested by every role that may not use it.
 */
@Tag("full")
class RouteRolesTest {
  private static TestDatabase database;
  private static RunningApp app;
  private static HttpBrowser admin;
  private static Map<String, String> own;

  @BeforeAll
  static void start() {
    database = TestDatabase.create();
    app = RunningApp.withoutBrowser(database);
    admin = app.administrator();
    own = createObjects();
  }

  @AfterAll
  static void stop() {
    app.close();
  }

  @Test
  void every_route_is_listed_with_its_required_role() {
    assertThat(routes(RequiredRole.INSTANCE_ADMIN)).isEqualTo(lines(INSTANCE_ADMIN));
    assertThat(routes(RequiredRole.ADMIN)).isEqualTo(lines(ADMIN));
    assertThat(routes(RequiredRole.OPERATOR)).isEqualTo(lines(OPERATOR));
    assertThat(routes(RequiredRole.VIEWER)).isEqualTo(lines(VIEWER));
    assertThat(routes(RequiredRole.ANYONE)).isEqualTo(lines(ANYONE));
  }

  /**
   * Otherwise a page that is left open would never sign its user out. Addresses that an expression
   * returns are not found here.
   */
  @Test
  void fragments_that_are_requested_without_a_user_do_not_extend_the_session() throws IOException {
    var polled = new TreeSet<String>();
    for (var template : files(Path.of("src/main/jte"))) {
      var timed = Pattern.compile("hx-get=\"(/[^\"]*)\"\\s+hx-trigger=\"[^\"]*(?:every|htmx:)");
      timed
          .matcher(Files.readString(template))
          .results()
          .map(match -> match.group(1).replaceAll("\\$\\{[^}]*}", "{id}").replaceAll("\\?.*", ""))
          .forEach(polled::add);
    }
    assertThat(polled).contains("/dashboard/live", "/gateway/keys/{id}/newest");
    assertThat(app.routes())
        .filteredOn(route -> route.flags().contains(RouteFlag.POLL))
        .extracting(Route::path)
        .containsAll(polled);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void every_route_is_tried_with_the_ids_of_another_workspace() {
    var routes = app.routes().stream().map(route -> route.method() + " " + route.path()).toList();
    assertThat(OtherWorkspaceTest.addresses()).containsExactlyInAnyOrderElementsOf(routes);
  }

  @Test
  void a_client_without_a_session_is_redirected_to_the_sign_in_and_changes_nothing() {
    var before = rows();
    for (var route : app.routes()) {
      if (route.access() != RequiredRole.ANYONE) {
        var stranger = new HttpBrowser(URI.create(app.url()));
        stranger.get("/login");
        assertThat(request(stranger, route).status()).as(route.toString()).isIn(303, 401);
      }
    }
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void an_insufficient_role_is_refused_with_a_message_and_changes_nothing() {
    var workspace = workspaceOf(WebApp.EMAIL);
    var viewer = member("viewer@example.org", workspace, Role.VIEWER);
    var operator = member("operator@example.org", workspace, Role.OPERATOR);
    var workspaceAdmin = member("admin@example.org", workspace, Role.ADMIN);
    var before = rows();
    for (var route : app.routes()) {
      if (route.access().compareTo(RequiredRole.VIEWER) > 0) {
        assertThat(request(viewer, route).status()).as("viewer: " + route).isEqualTo(403);
      }
      if (route.access().compareTo(RequiredRole.OPERATOR) > 0) {
        assertThat(request(operator, route).status()).as("operator: " + route).isEqualTo(403);
      }
      if (route.access() == RequiredRole.INSTANCE_ADMIN) {
        assertThat(request(workspaceAdmin, route).status()).as("admin: " + route).isEqualTo(403);
      }
    }
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void no_page_has_a_link_that_is_refused() {
    var workspace = workspaceOf(WebApp.EMAIL);
    admin.post("/settings/workspaces", "name", "Without content");
    UUID empty =
        database
            .database()
            .read(
                dsl ->
                    dsl.select(WORKSPACES.ID)
                        .from(WORKSPACES)
                        .where(WORKSPACES.NAME.eq("Without content"))
                        .fetchSingle(WORKSPACES.ID));
    database
        .database()
        .runTx(tx -> tx.dsl().deleteFrom(MEMBERS).where(MEMBERS.WORKSPACE_ID.eq(empty)).execute());
    assertLinksOpenTo(RequiredRole.VIEWER, member("eve@example.org", empty, Role.VIEWER));
    var operator = member("bob@example.org", empty, Role.OPERATOR);
    assertLinksOpenTo(RequiredRole.OPERATOR, operator);
    assertThat(operator.get("/gateway/requests").text())
        .contains("No requests yet")
        .doesNotContain("Create a token");
    assertLinksOpenTo(RequiredRole.VIEWER, member("ivy@example.org", workspace, Role.VIEWER));
  }

  private static void assertLinksOpenTo(RequiredRole role, HttpBrowser browser) {
    Map<String, String> pages = new TreeMap<>(); // by linked address
    for (var route : app.routes()) {
      if (route.method().equals("GET") && route.access().compareTo(role) <= 0) {
        var answer = request(browser, route);
        if (answer.header("Content-Type").orElse("").startsWith("text/html")) {
          answer
              .page()
              .select("main a[href^=/]")
              .eachAttr("href")
              .forEach(href -> pages.putIfAbsent(href.replaceFirst("#.*", ""), route.path()));
        }
      }
    }
    assertThat(pages).isNotEmpty();
    var refused = new TreeMap<>(pages);
    refused.keySet().removeIf(href -> browser.status(href) != 403);
    assertThat(refused).as("%s: refused links and their pages", role).isEmpty();
  }

  @Test
  void actions_guarded_against_an_unattended_screen_need_a_recent_password() {
    TreeSet<String> flagged =
        app.routes().stream()
            .filter(route -> route.flags().contains(RouteFlag.STEP_UP))
            .map(route -> route.method() + " " + route.path())
            .collect(toCollection(TreeSet::new));
    assertThat(flagged).isEqualTo(lines(STEP_UP));
    setConfirmedAt(Instant.now().minus(Session.CONFIRMED_FOR));
    var before = rows();
    for (var route : app.routes()) {
      if (route.flags().contains(RouteFlag.STEP_UP)) {
        var answer = request(admin, route);
        boolean page = answer.status() == 403 && answer.text().contains("Confirm that it is you");
        boolean redirected = answer.status() == 303 && answer.location().startsWith("/confirm");
        assertThat(page || redirected).as(route + " " + answer.status() + answer.text()).isTrue();
      }
    }
    assertThat(rows()).isEqualTo(before);
    setConfirmedAt(Instant.now());
  }

  private static void setConfirmedAt(Instant at) {
    database
        .database()
        .runTx(tx -> tx.dsl().update(SESSIONS).set(SESSIONS.CONFIRMED_AT, at).execute());
  }

  @Test
  void opening_every_page_changes_nothing() {
    var before = rows();
    for (var route : app.routes()) {
      if (route.method().equals("GET")) {
        assertThat(request(admin, route).status()).as(route.toString()).isLessThan(500);
      }
    }
    assertThat(rows()).isEqualTo(before);
  }

  /** One object of each kind, by the prefix of its address. */
  private static Map<String, String> createObjects() {
    admin.post("/keys/samples");
    var key = first("/keys", "/keys/[0-9a-f-]{36}");
    admin.post("/keys/" + id(key) + "/deletion");
    var deletion = admin.get("/keys").page().select("form[data-undo]").attr("action");
    var other = first("/keys", "/keys/[0-9a-f-]{36}");
    var waiting = admin.post("/keys/imports", "provider", "sandbox", "keys", "sk-or-demo-valid-99");
    var run =
        admin.post("/articles", "topic", "Saving for a bicycle", "provider", "sandbox").location();
    Await.until("the run is over", () -> ended(run));
    admin.post("/keys/tests/all");
    Await.until("no batch runs", () -> !admin.get("/recovery").body().contains("/cancellation"));
    return Map.of(
        "/keys/batches/",
        id(first("/recovery", "/recovery/[0-9a-f-]{36}")),
        "/keys/imports/",
        id(waiting.location()),
        "/keys/deletions/",
        id(deletion),
        "/keys/",
        id(other),
        "/articles/",
        id(first("/articles", "/articles/[0-9a-f-]{36}")),
        "/runs/",
        id(run),
        "/recovery/",
        id(first("/recovery", "/recovery/[0-9a-f-]{36}")),
        "/log/streams/",
        id(run),
        "/settings/people/",
        userOf(WebApp.EMAIL).toString(),
        "/settings/account/sessions/",
        UUID.randomUUID().toString());
  }

  private static boolean ended(String run) {
    var state = admin.get(run).page().select("[aria-label='Run state']").text();
    return state.startsWith("Completed") || state.equals("Failed");
  }

  private static String first(String page, String path) {
    return admin.get(page).page().select("a[href]").eachAttr("href").stream()
        .filter(href -> href.matches(path))
        .findFirst()
        .orElseThrow(() -> new AssertionError(admin.get(page).text()));
  }

  private static String id(String path) {
    return path.replaceAll(".*/([0-9a-f-]{36}).*", "$1");
  }

  private static HttpBrowser.Answer request(HttpBrowser browser, Route route) {
    var id =
        own.entrySet().stream()
            .filter(kind -> route.path().startsWith(kind.getKey() + "{id}"))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse("x");
    var path =
        route
            .path()
            .replace("{id}", id)
            .replace("{part}", "tool")
            .replace("{provider}", "sandbox")
            .replace("{format}", "markdown")
            .replaceAll("[{<][^}>]+[}>]", "x");
    return route.method().equals("GET") ? browser.get(path) : browser.post(path, "role", "viewer");
  }

  /** Another user, with the same password as the administrator. */
  private static HttpBrowser member(String email, UUID workspace, Role role) {
    var user = UUID.randomUUID();
    database
        .database()
        .runTx(
            tx -> {
              var like =
                  tx.dsl().selectFrom(USERS).where(USERS.EMAIL.eq(WebApp.EMAIL)).fetchSingle();
              like.setId(user);
              like.setEmail(email);
              like.setInstanceAdmin(false);
              like.touched(true);
              tx.dsl().insertInto(USERS).set(like).execute();
              var member = tx.dsl().selectFrom(MEMBERS).limit(1).fetchSingle();
              member.set(MEMBERS.USER_ID, user);
              member.set(MEMBERS.WORKSPACE_ID, workspace);
              member.set(MEMBERS.ROLE, role.code());
              member.touched(true);
              tx.dsl().insertInto(MEMBERS).set(member).execute();
            });
    var browser = app.administrator();
    browser.post("/logout");
    browser.post("/login", "email", email, "password", WebApp.PASSWORD);
    return browser;
  }

  private static UUID userOf(String email) {
    return database
        .database()
        .read(
            dsl ->
                dsl.select(USERS.ID)
                    .from(USERS)
                    .where(USERS.EMAIL.eq(email))
                    .fetchSingle(USERS.ID));
  }

  private static UUID workspaceOf(String email) {
    var user = userOf(email);
    return database
        .database()
        .read(
            dsl ->
                dsl.select(MEMBERS.WORKSPACE_ID)
                    .from(MEMBERS)
                    .where(MEMBERS.USER_ID.eq(user))
                    .fetchSingle(MEMBERS.WORKSPACE_ID));
  }

  private static TreeSet<String> routes(RequiredRole requiredRole) {
    return app.routes().stream()
        .filter(route -> route.access() == requiredRole)
        .map(route -> route.method() + " " + route.path())
        .collect(toCollection(TreeSet::new));
  }

  private static TreeSet<String> lines(String table) {
    return Stream.of(table.strip().split("\n"))
        .map(String::strip)
        .collect(toCollection(TreeSet::new));
  }

  /** The rows of all tables, except those that a refusal or a job may change. */
  private static Map<String, String> rows() {
    var rows = new TreeMap<>(Rows.of(database));
    // A refusal changes only the audit log. Jobs write progress, heartbeats and empty partitions.
    var changing =
        List.of(
            "sessions",
            "scheduled_tasks",
            "committed_writes",
            "audit_checks",
            "audit_events",
            "audit_heads",
            "gateway_nodes");
    rows.keySet().removeAll(changing);
    rows.values().removeIf("null"::equals);
    return rows;
  }
}
