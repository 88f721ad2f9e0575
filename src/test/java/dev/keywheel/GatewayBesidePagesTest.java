package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.RawHttp;
import dev.keywheel.web.security.RequiredRole;
import java.io.IOException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API and the pages on one server: a credential of one gives no access to the other. */
@Tag("full")
class GatewayBesidePagesTest {
  private static final Pattern TOKEN = Pattern.compile("kw1_[0-9A-Za-z]{36}");

  @AutoClose private static final RunningApp app = RunningApp.withAdministrator();
  private static final HttpBrowser admin = app.administrator();

  @Test
  void an_access_token_opens_no_page_and_a_session_nothing_below_v1() {
    String bearer = "Bearer " + newToken("for pages");
    assertThat(models(bearer).status()).isEqualTo(200);
    assertThat(admin.get("/v1/models").status()).isEqualTo(401);
    for (var route : app.routes()) {
      if (route.method().equals("GET") && route.access() != RequiredRole.ANYONE) {
        var path = route.path().replaceAll("[{<][^}>]+[}>]", "x");
        var answer = app.browser().get(path, "Authorization", bearer, "x-api-key", bearer);
        assertThat(answer.status()).as(path).isIn(303, 401);
      }
    }
  }

  @Test
  void a_token_reaches_no_model_alias_or_key_of_another_workspace() {
    admin.post("/keys/samples");
    admin.post("/gateway/aliases", "name", "alias-of-main", "targets", "sandbox/openai/gpt-4o");
    assertThat(models("Bearer " + newToken("in main")).body()).contains("alias-of-main", "sandbox");
    admin.post("/settings/workspaces", "name", "Second");
    admin.post("/workspace", "to", second());
    String bearer = "Bearer " + newToken("in second");
    assertThat(models(bearer).body()).contains("\"data\":[]");
    for (String id : new String[] {"alias-of-main", "openai/gpt-4o", "sandbox%2Fopenai%2Fgpt-4o"}) {
      var answer = app.browser().get("/v1/models/" + id, "Authorization", bearer);
      assertThat(answer.status()).as(id).isEqualTo(404);
    }
  }

  @Test
  void an_escaped_slash_or_percent_sign_is_allowed_in_the_id_of_a_model_only() {
    String bearer = "Bearer " + newToken("for odd models");
    for (String escaped : new String[] {"a%2Fb", "a%25b", "%252e%252e"}) {
      assertThat(app.browser().get("/v1/models/" + escaped, "Authorization", bearer).body())
          .contains("\"code\":\"model_not_found\"");
      for (String page : new String[] {"/", "/keys/", "/static/", "/v1x/", "/v1%2Fmodels/"}) {
        assertThat(admin.get(page + escaped).status()).as(page + escaped).isEqualTo(400);
      }
    }
  }

  private static String second() {
    return app.database()
        .read(dsl -> dsl.fetchValue("select id from workspaces where name = 'Second'"))
        .toString();
  }

  private static HttpBrowser.Answer models(String bearer) {
    return app.browser().get("/v1/models", "Authorization", bearer);
  }

  private static String newToken(String name) {
    var page = admin.post("/gateway/tokens", "name", name);
    var token = TOKEN.matcher(page.text());
    assertThat(token.find()).as(page.text()).isTrue();
    return token.group();
  }

  /** {@code ~} stands for CR LF. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 4~Transfer-Encoding: chunked~~0~~",
        "Transfer-Encoding: chunked~Content-Length: 4~~0~~",
        "Content-Length: 2~Content-Length: 0~~{}",
        "Content-Length: +2~~{}",
        "Transfer-Encoding: xchunked~~0~~",
        "Transfer-Encoding: chunked, identity~~0~~",
        "Transfer-Encoding: chunked~~zz~{}~0~~",
        "Transfer-Encoding: chunked~~10000000000000002~{}~0~~",
        "Transfer-Encoding: chunked~~1~{}~0~~",
      })
  void an_ambiguous_body_below_v1_smuggles_no_request(String rest) throws IOException {
    String head =
        "POST /v1/chat/completions HTTP/1.1~Host: localhost~Content-Type: application/json~";
    String smuggled = "GET /healthz HTTP/1.1~Host: localhost~~";
    var replies = RawHttp.exchange(app.url(), (head + rest + smuggled).replace("~", "\r\n"));
    assertThat(replies.statuses()).as(rest).hasSize(1).doesNotContain(200);
    assertThat(replies.closed()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "/keys/%zz, text/html",
    "/a%00b, text/html",
    "//keys, text/html",
    "/v1/models/%zz, application/json",
    "http://localhost/v1/%, application/json"
  })
  void a_malformed_address_is_answered_with_a_page_and_below_v1_with_json(
      String address, String type) throws IOException {
    String text =
        RawHttp.exchange(
                app.url(),
                "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    .formatted(address))
            .text();
    assertThat(text).startsWith("HTTP/1.1 400 ").containsIgnoringCase("content-type: " + type);
  }

  @Test
  void an_unreadable_first_line_is_not_taken_for_the_address_of_the_request_before()
      throws IOException {
    String first = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String text = RawHttp.exchange(app.url(), first + "nothing\r\n\r\n").text();
    assertThat(text).contains("HTTP/1.1 200 ", "HTTP/1.1 400 ", "application/json");
  }
}
