package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.TestNode.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.RawHttp;
import dev.keywheel.support.TestPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests refused before a key is assigned; none of them reaches the provider. */
class GatewayRefusalTest {
  @AutoClose private static final TestPool pool = new TestPool();
  @AutoClose private static final TestNode node = new TestNode(pool);

  @BeforeAll
  static void start() {
    node.pool.add(2);
  }

  @AfterEach
  void nothing_reached_the_provider_and_no_seat_was_taken() {
    assertThat(node.upstream.calls()).isEmpty();
    assertThat(node.attempts()).isEmpty();
  }

  @Test
  void a_missing_wrong_or_foreign_token_gets_401_in_the_format_of_each_api() {
    for (String token : List.of("", "kw1_wrong", "sk-or-v1-x", node.token() + "x", flipped())) {
      var response =
          node.send(
              HttpRequest.newBuilder(node.uri("/v1/chat/completions"))
                  .header("Authorization", "Bearer " + token)
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString(TestNode.chatBody(false)))
                  .build());
      assertError(response, 401, "invalid_api_key");
      assertThat(response.headers().firstValue("www-authenticate")).contains("Bearer");
    }
    var messages =
        node.send(
            HttpRequest.newBuilder(node.uri("/v1/messages"))
                .header("x-api-key", flipped())
                .POST(BodyPublishers.ofString("{}"))
                .build());
    assertThat(messages.statusCode()).isEqualTo(401);
    assertThat(TestNode.json(messages).path("type").asText()).isEqualTo("error");
    assertThat(TestNode.json(messages).path("error").path("type").asText())
        .isEqualTo("authentication_error");
  }

  @Test
  void a_known_database_outage_is_reported_without_waiting() {
    pool.database.setUnavailable(true);
    try {
      for (var path : List.of("/v1/models", "/v1/models/" + TestNode.MODEL)) {
        var response = node.send(node.request(path).GET().build());
        assertError(response, 503, "service_unavailable");
        assertThat(response.headers().firstValue("retry-after")).contains("2");
      }
      assertError(node.chat(), 503, "service_unavailable");
    } finally {
      pool.database.setUnavailable(false);
    }
  }

  @Test
  void a_database_failure_is_stored_with_the_error_that_the_client_received() {
    pool.clock.tick(Duration.ofSeconds(1)); // the aliases are read again
    pool.test.asOwner("alter table gateway_aliases rename to other_aliases");
    try {
      var body = TestNode.chatBody(false).replace(TestNode.MODEL, "an-alias");
      assertError(node.post("/v1/chat/completions", body), 503, "service_unavailable");
    } finally {
      pool.test.asOwner("alter table other_aliases rename to gateway_aliases");
    }
    Await.until("its request is stored", () -> node.ledger.waiting() == 0);
    var stored =
        pool.database.read(
            dsl ->
                dsl.fetchValues(
                    "select http_status || ' ' || split_part(reason, ':', 1) from gateway_requests"
                        + " where state = 'refused' and http_status = 503"));
    assertThat(stored).hasToString("[503 service_unavailable]");
  }

  private static String flipped() {
    String token = node.token();
    char at = token.charAt(10);
    return token.substring(0, 10) + (at == 'a' ? 'b' : 'a') + token.substring(11);
  }

  @Test
  void a_session_cookie_gives_no_access_to_the_gateway() {
    var response =
        node.send(
            HttpRequest.newBuilder(node.uri("/v1/models")).header("Cookie", "session=x").build());

    assertError(response, 401, "invalid_api_key");
    assertThat(response.headers().firstValue("set-cookie")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"?key=abc", "?a=b&api_key=x", "?x=kw1_abc", "?access_token=1"})
  void a_secret_in_the_address_is_refused(String query) {
    assertError(
        node.post("/v1/chat/completions" + query, TestNode.chatBody(false)),
        401,
        "invalid_api_key");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/v1/chat/completions,405,method_not_allowed",
    "POST,/v1/models,405,method_not_allowed",
    "DELETE,/v1/messages,405,method_not_allowed",
    "GET,/v1,404,not_found",
    "GET,/v1/,404,not_found",
    "GET,/v1/files,404,not_found",
    "POST,/v1/messages/count_tokens,404,not_found",
    "GET,/v1/responses/resp_1,404,not_found",
    "POST,/v1/chat/completions/,404,not_found",
    "GET,/v1/models/nobody%2Fnothing,404,model_not_found",
  })
  void everything_else_below_v1_is_an_error_in_json(
      String method, String path, int status, String code) {
    var response = node.send(node.request(path).method(method, BodyPublishers.noBody()).build());

    if (path.startsWith("/v1/messages")) {
      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(TestNode.json(response).path("type").asText()).isEqualTo("error");
    } else {
      assertError(response, status, code);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[]",
        "{\"messages\":[]}",
        "{\"model\":\"maker/model\",\"model\":\"other/model\"}",
        "{\"model\":\"maker/model\",\"mod\\u0065l\":\"other/model\"}",
        "{\"model\":\"maker/model\"}{}",
      })
  void a_malformed_body_gets_400(String body) {
    assertError(node.post("/v1/chat/completions", body), 400, "invalid_body");
  }

  @Test
  void a_request_for_a_response_to_be_fetched_later_gets_400() {
    String body = "{\"model\":\"maker/model\",\"background\":true}";
    assertError(node.post("/v1/responses", body), 400, "invalid_body");
  }

  @Test
  void an_alias_of_an_earlier_version_cannot_ask_for_a_response_to_be_fetched_later() {
    var target = new AliasTarget("openrouter", "maker/model", 1, false, "{\"later\": true}");
    node.aliases.create(pool.admin, "patient", List.of(target));
    pool.test.asOwner(
        "update gateway_aliases set targets = replace(targets::text, 'later', 'background')::jsonb");

    assertError(node.post("/v1/responses", "{\"model\":\"patient\"}"), 400, "invalid_body");
  }

  @Test
  void invalid_utf_8_and_deep_nesting_get_400() {
    byte[] invalid = "{\"model\":\"maker/model\",\"x\":\"?\"}".getBytes(UTF_8);
    invalid[invalid.length - 3] = (byte) 0xFF;
    assertError(
        node.send(node.request("/v1/responses").POST(BodyPublishers.ofByteArray(invalid)).build()),
        400,
        "invalid_body");
    String deep =
        "{\"model\":\"maker/model\",\"x\":" + "[".repeat(5_000_000) + "]".repeat(5_000_000) + "}";
    assertError(node.post("/v1/embeddings", deep), 400, "invalid_body");
  }

  @Test
  void compressed_bodies_and_other_types_get_415() {
    assertError(
        node.send(
            node.request("/v1/chat/completions")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(new byte[1_000]))
                .build()),
        415,
        "unsupported_media_type");
    assertError(
        node.send(
            HttpRequest.newBuilder(node.uri("/v1/chat/completions"))
                .header("Authorization", "Bearer " + node.token())
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{}"))
                .build()),
        415,
        "unsupported_media_type");
  }

  @Test
  void a_body_of_more_than_32_mb_gets_413_with_or_without_a_declared_length() {
    byte[] large = new byte[33 << 20];
    java.util.Arrays.fill(large, (byte) ' ');
    assertError(
        node.send(
            node.request("/v1/chat/completions").POST(BodyPublishers.ofByteArray(large)).build()),
        413,
        "request_too_large");
    assertError(
        node.send(
            node.request("/v1/chat/completions")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(large)))
                .build()),
        413,
        "request_too_large");
  }

  @Test
  void another_host_name_is_refused() {
    String answer =
        raw("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 421").contains("\"code\":\"wrong_host\"");
  }

  @Test
  void ten_thousand_headers_are_refused() {
    var request = new StringBuilder("GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    for (int i = 0; i < 10_000; i++) {
      request.append("X-").append(i).append(": y\r\n");
    }

    assertThat(raw(request + "\r\n"))
        .startsWith("HTTP/1.1 431")
        .containsIgnoringCase("Content-Type: application/json")
        .contains("\"code\":\"headers_too_large\"");
  }

  @Test
  void a_client_that_waits_for_100_continue_is_refused_before_it_sends_its_body() {
    String head =
        """
        POST /v1/chat/completions HTTP/1.1\r
        Host: 127.0.0.1\r
        Connection: close\r
        Content-Type: application/json\r
        Content-Length: %d\r
        Expect: 100-continue\r
        Authorization: Bearer %s\r
        \r
        """;

    assertThat(raw(head.formatted(100, flipped()))).startsWith("HTTP/1.1 401");
    assertThat(raw(head.formatted(40 << 20, node.token()))).startsWith("HTTP/1.1 413");
  }

  @Test
  void an_unreadable_request_gets_400_in_the_format_of_each_api() {
    String head = " HTTP/1.1\r\nHost: 127.0.0.1\r\nbad header\r\n\r\n";

    assertThat(raw("GET /v1/models" + head))
        .startsWith("HTTP/1.1 400")
        .contains("\"code\":\"malformed_request\"");
    assertThat(raw("POST /v1/messages" + head))
        .startsWith("HTTP/1.1 400")
        .contains("{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"//v1/models", "/v1//models", "/v1/%2e%2e/x", "/v1/models?%zz"})
  void an_address_that_is_not_well_formed_gets_400_in_json(String path) {
    String head = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + node.token();

    String answer = raw("GET " + path + head + "\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400").contains("\"code\":\"malformed_request\"");
    assertThat(answer.contains("two slashes in a row")).isEqualTo(path.contains("//"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v1/models/a%00b HTTP/1.1\r\n",
        "GET /v1/models/a%zz HTTP/1.1\r\n",
        "GET /v1/models HTTP/1.1\n",
        "GET /v1/mod els HTTP/1.1\r\n",
        "GET /v1/models HTTP/9.9\r\n",
        "GET /v1/models HTTP/1.1\r\nX: y\n"
      })
  void a_request_whose_first_lines_cannot_be_read_gets_400_in_json(String begin) {
    assertThat(raw(begin + "Host: 127.0.0.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .containsIgnoringCase("Content-Type: application/json")
        .contains("\"code\":\"malformed_request\"");
  }

  @Test
  void a_request_for_the_whole_server_or_with_http_2_gets_an_error_in_json() {
    String options = "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

    assertThat(raw(options)).startsWith("HTTP/1.1 404").contains("\"code\":\"not_found\"");
    assertThat(raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("\"code\":\"malformed_request\"");
  }

  @Test
  void an_address_of_more_than_8_kb_gets_414_in_json() {
    String head = " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

    assertThat(raw("GET /v1/models?x=" + "a".repeat(9_000) + head))
        .startsWith("HTTP/1.1 414")
        .containsIgnoringCase("Content-Type: application/json")
        .contains("\"code\":\"uri_too_long\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"other/model\"}",
        "{\"mod\\u0065l\":\"other/model\"}",
        "{\"model\":\"maker/model\",\"models\":[\"maker/model\",\"other/model\"]}",
        "{\"model\":\"maker/model\",\"fallbacks\":[{\"model\":\"other/model\"}]}",
      })
  void a_model_outside_the_token_s_list_gets_404_like_an_unknown_model(String body) {
    assertError(postLimited("/v1/chat/completions", body), 404, "model_not_found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"maker/model\",\"tools\":[{\"type\":\"openrouter:advisor\"}]}",
        "{\"model\":\"maker/model\",\"plugins\":[{\"id\":\"fusion\"}]}",
      })
  void a_request_that_runs_other_models_gets_403_for_a_token_with_a_list(String body) {
    assertError(postLimited("/v1/chat/completions", body), 403, "not_allowed");
  }

  private static HttpResponse<byte[]> postLimited(String path, String body) {
    var scope =
        new TokenScope(
            Set.of(), List.of("maker/*"), Set.of(), Set.of(), 0, 0, null, List.of(), false);
    return postAs(node.token(scope), path, body);
  }

  private static HttpResponse<byte[]> postAs(String token, String path, String body) {
    return node.send(
        HttpRequest.newBuilder(node.uri(path))
            .header("x-api-key", token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  @Test
  void an_operation_outside_the_token_s_scope_gets_403() {
    var scope =
        new TokenScope(
            Set.of(GatewayOperation.EMBEDDINGS),
            List.of(),
            Set.of(),
            Set.of(),
            0,
            0,
            null,
            List.of(),
            true);

    assertError(
        postAs(node.token(scope), "/v1/chat/completions", TestNode.chatBody(false)),
        403,
        "not_allowed");
  }

  @Test
  void a_provider_that_the_token_may_not_use_serves_no_model() {
    var scope =
        new TokenScope(
            Set.of(), List.of(), Set.of("sandbox"), Set.of(), 0, 0, null, List.of(), true);

    assertError(
        postAs(node.token(scope), "/v1/chat/completions", TestNode.chatBody(false)),
        404,
        "model_not_found");
  }

  private static String raw(String request) {
    try {
      return RawHttp.exchange(node.uri("/").toString(), request).text();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
