package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.db.Json;
import dev.keywheel.people.identity.Role;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.SecurityHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The checks of every request, and the pages for refused requests. */
@Tag("full")
class RequestGuardTest {
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(database, clock, parts -> List.of(RequestGuardTest::screen));

  private final HttpBrowser browser = app.browser(app.admin());

  private static void screen(Routes routes) {
    routes.get("/text", RequiredRole.VIEWER, ctx -> ctx.result("text"));
    routes.post("/change", RequiredRole.OPERATOR, ctx -> ctx.result("changed"));
    routes.get(
        "/gone",
        RequiredRole.VIEWER,
        ctx -> {
          throw new NotFound("This <b>key</b> is gone.");
        });
    routes.get(
        "/refused",
        RequiredRole.VIEWER,
        ctx -> {
          throw new Rejected("Not like this.");
        });
    routes.get(
        "/late",
        RequiredRole.VIEWER,
        ctx -> {
          throw new Conflict("Gone", "Already deleted.");
        });
    routes.get(
        "/many",
        RequiredRole.VIEWER,
        ctx -> {
          throw new RateLimited("Slow down.", Duration.ofSeconds(7));
        });
    routes.get(
        "/picture",
        RequiredRole.VIEWER,
        ctx -> {
          WebContext.setBinaryType(ctx, "image/png");
          ctx.result(new byte[] {1});
        });
    routes.get(
        "/bug",
        RequiredRole.VIEWER,
        ctx -> {
          throw new IllegalStateException("secret detail");
        });
    routes.get(
        "/error",
        RequiredRole.VIEWER,
        ctx -> {
          throw new AssertionError("secret detail");
        });
  }

  @Test
  void an_access_token_gives_no_access_to_a_page_and_the_response_says_so() {
    for (var value : List.of("Bearer kw1_0123456789", "bearer kw1_0123456789")) {
      var answer = app.browser().get("/text", "Authorization", value);
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.body()).contains("Sign in with a browser");
    }
  }

  @Test
  void a_client_whose_base_url_lacks_the_version_gets_an_error_in_the_format_of_its_sdk() {
    var answer =
        app.browser().postRaw("/chat/completions", List.of(), "Authorization", "Bearer kw1_x");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.header("Content-Type").orElseThrow()).startsWith("application/json");
    assertThat(Json.read(answer.body(), JsonNode.class).at("/error/message").asText())
        .endsWith("The gateway is at /v1: the base URL of an OpenAI SDK ends with /v1.");
  }

  @Test
  void the_password_of_a_proxy_does_not_prevent_the_sign_in() {
    app.admin();
    var answer = app.browser().get("/text", "Authorization", "Basic YWRhOmR1Y2tz");
    assertThat(answer.status()).isEqualTo(303);
    assertThat(answer.location()).isEqualTo("/login?next=%2Ftext");
  }

  @Test
  void every_response_has_the_security_headers_whatever_its_status() {
    var paths =
        List.of(
            "/text",
            "/login",
            "/gone",
            "/bug",
            "/error",
            "/nowhere",
            "/healthz",
            "/change",
            "/static/0000000000000000/app.css",
            "/static/0000000000000000/none");
    for (var path : paths) {
      var answer = browser.get(path);
      assertThat(answer.header("Content-Security-Policy"))
          .as(path)
          .contains(SecurityHeaders.CONTENT_SECURITY_POLICY);
      assertThat(answer.header("X-Content-Type-Options")).as(path).contains("nosniff");
      assertThat(answer.header("Referrer-Policy")).as(path).contains("same-origin");
      assertThat(answer.header("Cross-Origin-Opener-Policy")).as(path).contains("same-origin");
      assertThat(answer.header("Cross-Origin-Resource-Policy")).as(path).contains("same-origin");
      assertThat(answer.header("Permissions-Policy")).as(path).isPresent();
      assertThat(answer.header("Cache-Control"))
          .as(path)
          .contains(path.contains("app.css") ? "no-cache" : "no-store");
      assertThat(answer.header("X-Request-Id")).as(path).isPresent();
      assertThat(answer.header("Content-Type").orElseThrow()).as(path).contains("charset=utf-8");
      assertThat(answer.header("Server")).as(path).isEmpty();
      assertThat(answer.header("Strict-Transport-Security")).as(path).isEmpty();
      assertThat(answer.headers().keySet())
          .as(path)
          .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
    }
  }

  @Test
  void a_page_can_be_read_while_the_database_is_read_only() {
    assertThat(browser.get("/text").status()).isEqualTo(200);
    database.setReadOnly(true);
    try {
      clock.tick(Duration.ofMinutes(2));
      assertThat(browser.get("/text").status()).isEqualTo(200);
      assertThat(browser.post("/logout").status()).isEqualTo(503);
    } finally {
      database.setReadOnly(false);
    }
  }

  @Test
  void a_picture_has_a_type_without_a_charset() {
    assertThat(browser.get("/picture").header("Content-Type")).contains("image/png");
  }

  @Test
  void a_request_that_cannot_be_read_gets_a_page_and_the_same_headers() {
    var malformed = browser.get("/a%00b");
    var tooLarge = browser.get("/login", "X-Much", "a".repeat(20_000));
    assertThat(malformed.status()).isEqualTo(400);
    assertThat(tooLarge.status()).isEqualTo(431);
    for (var answer : List.of(malformed, tooLarge)) {
      assertThat(answer.page().select("main").text()).contains("This request cannot be read.");
      assertThat(answer.header("Content-Type")).contains("text/html; charset=utf-8");
      assertThat(answer.header("Content-Security-Policy"))
          .contains(SecurityHeaders.CONTENT_SECURITY_POLICY);
      assertThat(answer.header("Server")).isEmpty();
    }
  }

  @Test
  void a_head_request_has_the_access_rules_of_the_page() {
    assertThat(browser.head("/login").status()).isEqualTo(303);
    assertThat(browser.head("/text").status()).isEqualTo(200);
    assertThat(browser.head("/text").body()).isEmpty();
    assertThat(app.browser().head("/text").status()).isEqualTo(303);
  }

  @Test
  void the_policy_allows_no_inline_code_and_no_other_host() {
    assertThat(SecurityHeaders.CONTENT_SECURITY_POLICY)
        .contains(
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-src 'self'",
            "form-action 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'")
        .doesNotContain("unsafe", "*", "http");
  }

  @Test
  void behind_https_cookies_are_bound_to_the_host_and_browsers_stay_on_https() {
    try (var other = TestDatabase.create();
        var tls =
            WebApp.behindTls(other.database(), clock, URI.create("https://keys.example.org"))) {
      var visitor = tls.browser();
      assertThat(visitor.get("/login").header("Strict-Transport-Security"))
          .contains("max-age=31536000; includeSubDomains");
      var in = visitor.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
      assertThat(in.headers().get("set-cookie"))
          .anySatisfy(
              cookie ->
                  assertThat(cookie)
                      .startsWith("__Host-sid=")
                      .contains("; Secure", "Path=/", "HttpOnly"));
    }
  }

  @Test
  void a_change_from_another_site_is_refused_even_with_the_right_token() {
    var fields = List.of(Map.entry("csrf", browser.token()));
    assertThat(browser.postRaw("/change", fields, "Sec-Fetch-Site", "cross-site").status())
        .isEqualTo(403);
    assertThat(browser.postRaw("/change", fields, "Sec-Fetch-Site", "same-site").status())
        .isEqualTo(403);
    assertThat(browser.postRaw("/change", fields, "Sec-Fetch-Site", "none").status())
        .isEqualTo(403);
    assertThat(browser.postRaw("/change", fields, "Origin", "https://evil.example").status())
        .isEqualTo(403);
    assertThat(browser.postRaw("/change", fields, "Origin", "null").status()).isEqualTo(403);
    assertThat(browser.postRaw("/change", fields).status()).isEqualTo(403);
    assertThat(browser.postRaw("/change", fields, "Origin", app.url()).status()).isEqualTo(200);
    assertThat(browser.postRaw("/change", fields, "Sec-Fetch-Site", "same-origin").status())
        .isEqualTo(200);
  }

  @Test
  void a_change_without_the_token_of_this_session_is_refused() {
    var foreign = app.browser(app.member("grace@example.org", Role.ADMIN)).token();
    for (var token :
        List.of("", "x", foreign, browser.token() + "A", browser.token().substring(2))) {
      assertThat(browser.post("/change", List.of(), token).status()).as(token).isEqualTo(403);
    }
    assertThat(browser.postRaw("/change", List.of(), "Sec-Fetch-Site", "same-origin").status())
        .isEqualTo(403);
    assertThat(
            browser
                .postRaw(
                    "/change",
                    List.of(),
                    "Sec-Fetch-Site",
                    "same-origin",
                    "X-CSRF-Token",
                    browser.token())
                .status())
        .isEqualTo(200);
  }

  @Test
  void the_token_is_different_on_each_page_and_each_one_is_valid() {
    var one = browser.token();
    var two = browser.token();
    assertThat(one).isNotEqualTo(two);
    assertThat(browser.post("/change", List.of(), one).status()).isEqualTo(200);
    assertThat(browser.post("/change", List.of(), two).status()).isEqualTo(200);
  }

  @Test
  void a_refusal_names_the_role_that_would_suffice() {
    var viewer = app.browser(app.member("eve@example.org", Role.VIEWER));
    var refused = viewer.post("/change");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.text()).contains("This needs the role Operator");
    assertThat(viewer.get("/text").status()).isEqualTo(200);
  }

  @Test
  void no_route_for_members_answers_a_client_without_a_session() {
    var stranger = app.browser();
    assertThat(app.routes())
        .filteredOn(route -> route.access() != RequiredRole.ANYONE)
        .hasSizeGreaterThan(10)
        .allSatisfy(
            route -> {
              var path = route.path().replaceAll("[{<][^}>]+[}>]", "x");
              var answer =
                  route.method().equals("GET")
                      ? stranger.get(path)
                      : stranger.postRaw(path, List.of(), "Sec-Fetch-Site", "same-origin");
              assertThat(answer.status()).as(route.toString()).isIn(303, 401);
              if (route.method().equals("GET")) {
                assertThat(stranger.head(path).status()).as("HEAD " + path).isIn(303, 401);
              }
            });
  }

  @Test
  void only_the_listed_routes_are_public() {
    assertThat(
            app.routes().stream()
                .filter(route -> route.access() == RequiredRole.ANYONE)
                .map(route -> route.method() + " " + route.path()))
        .containsExactlyInAnyOrder(
            "GET /static/{hash}/<name>",
            "POST /csp",
            "GET /healthz",
            "GET /readyz",
            "GET /login",
            "GET /login/again",
            "POST /login",
            "POST /login/second-step",
            "POST /login/second-step/passkey-requests",
            "POST /login/passkey",
            "POST /login/passkey-requests",
            "POST /theme",
            "GET /invitation",
            "POST /invitation",
            "GET /password",
            "POST /password",
            "GET /setup",
            "POST /setup");
  }

  @Test
  void errors_have_a_message_and_the_right_status() {
    assertFault("/gone", 404, "This <b>key</b> is gone.");
    assertFault("/refused", 422, "Not like this.");
    assertThat(assertFault("/late", 409, "Already deleted.").text()).contains("Gone");
    assertThat(assertFault("/many", 429, "Slow down.").header("Retry-After")).contains("7");
    assertFault("/nowhere", 404, "There is no page at this address.");
    assertFault("/change", 405, "This address does not accept this kind of request.");
  }

  private HttpBrowser.Answer assertFault(String path, int status, String sentence) {
    var page = browser.get(path);
    assertThat(page.status()).isEqualTo(status);
    assertThat(page.text()).contains(sentence, page.header("X-Request-Id").orElseThrow());
    assertThat(page.page().select("nav[aria-label=Main] a")).as("the layout stays").hasSize(8);
    var fragment = browser.get(path, "HX-Request", "true");
    assertThat(fragment.status()).isEqualTo(status);
    assertThat(fragment.body()).isEqualTo(sentence);
    assertThat(fragment.header("Content-Type").orElseThrow()).matches("text/plain; ?charset=utf-8");
    return page;
  }

  @Test
  void a_bug_shows_a_message_and_the_request_id_but_no_details() {
    for (var path : List.of("/bug", "/error")) {
      var page = browser.get(path);
      assertThat(page.status()).isEqualTo(500);
      assertThat(page.body()).doesNotContain("secret detail", "Exception", "\tat ", "dev.keywheel");
      assertThat(page.text())
          .contains("Something went wrong", page.header("X-Request-Id").orElseThrow());
    }
  }

  @Test
  void without_the_database_a_page_reports_that_and_has_a_retry_time() {
    database.close();
    var page = browser.get("/text");
    assertThat(page.status()).isEqualTo(503);
    assertThat(page.header("Retry-After")).contains("5");
    assertThat(page.text()).contains("The database does not answer");
    assertThat(browser.get("/healthz").status()).as("a restart would not help").isEqualTo(200);
    var ready = browser.get("/readyz");
    assertThat(ready.status()).isEqualTo(503);
    assertThat(ready.body()).isEqualTo("database: does not answer\n");
  }

  @Test
  void a_form_field_that_occurs_twice_is_refused() {
    var twice =
        browser.post(
            "/login", List.of(Map.entry("email", "a"), Map.entry("email", "b")), browser.token());
    assertThat(twice.status()).isEqualTo(422);
    assertThat(twice.text()).contains("The field email was sent more than once.");
  }

  @Test
  void browsers_report_violations_of_the_policy_without_a_token() {
    assertThat(browser.postRaw("/csp", List.of(Map.entry("csp-report", "x"))).status())
        .isEqualTo(204);
  }

  @Test
  void health_checks_return_the_state_and_nothing_else() {
    var ready = app.browser().get("/readyz");
    assertThat(ready.status()).isEqualTo(200);
    assertThat(ready.body()).isEqualTo("database: ok\n");
  }
}
