package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.TestNode.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.RawHttp;
import dev.keywheel.support.TestPool;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are legal in HTTP or JSON, but unusual. */
class OddRequestsTest {
  @AutoClose private static final TestPool pool = new TestPool();
  @AutoClose private static final TestNode node = new TestNode(pool);

  @BeforeAll
  static void start() {
    node.pool.add(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/models", "/v1/models/maker/model", "/v1/models/none"})
  void head_answers_like_get_without_a_body(String path) throws IOException {
    var get = node.send(node.request(path).GET().build());
    var head = node.send(node.request(path).method("HEAD", BodyPublishers.noBody()).build());

    assertThat(head.statusCode()).isEqualTo(get.statusCode());
    assertThat(head.body()).isEmpty();
    for (String name : new String[] {"content-type", "content-length"}) {
      assertThat(head.headers().firstValue(name))
          .isPresent()
          .isEqualTo(get.headers().firstValue(name));
    }
    String twice = "HEAD " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + bearer();
    assertThat(raw(twice + "\r\n" + twice + "Connection: close\r\n\r\n").statuses())
        .as("no byte of a body is read as the next answer")
        .containsExactly(get.statusCode(), get.statusCode());
  }

  @ParameterizedTest
  @CsvSource({"HEAD, /v1/chat/completions, POST", "OPTIONS, /v1/models, 'GET, HEAD'"})
  void another_method_is_refused_with_a_list_of_the_allowed_methods(
      String method, String path, String allowed) {
    var response = node.send(node.request(path).method(method, BodyPublishers.noBody()).build());

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("allow")).contains(allowed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/files",
        "/v1/batches/batch_1",
        "/v1/messages/batches",
        "/v1/assistants",
        "/v1/fine_tuning/jobs",
        "/v1/realtime"
      })
  void an_endpoint_whose_objects_belong_to_one_account_is_refused_with_the_reason(String path) {
    var response = node.send(node.request(path).POST(BodyPublishers.ofString("{}")).build());

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(TestNode.text(response)).contains("belong to one account", "any key of the pool");
    assertThat(TestNode.text(node.send(node.request("/v1/filesystem").GET().build())))
        .contains("no such endpoint");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/v1/messages", "/v1/v1/chat/completions", "/v1/v1/models"})
  void a_duplicate_v1_in_the_base_url_is_named_as_the_cause(String path) {
    var response = node.send(node.request(path).POST(BodyPublishers.ofString("{}")).build());

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(TestNode.text(response)).contains("adds /v1 to its base URL");
  }

  /** After any other status, Codex repeats the attempt for several seconds. */
  @Test
  void a_request_for_a_websocket_is_answered_with_426() throws IOException {
    String get = "GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\n" + bearer();
    String upgrade = "Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n";

    assertThat(raw(get + "Connection: close\r\n\r\n").statuses()).containsExactly(405);
    assertThat(raw(get + upgrade).text())
        .startsWith("HTTP/1.1 426")
        .contains("\"code\":\"websocket_not_supported\"")
        .containsIgnoringCase("\r\nUpgrade: HTTP/1.1\r\n")
        .containsIgnoringCase("\r\nConnection: Upgrade")
        .containsIgnoringCase("\r\nAllow: POST\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip, chunked", "identity, chunked", "deflate,chunked"})
  void a_body_in_another_transfer_encoding_gets_501(String encoding) throws IOException {
    int calls = node.upstream.calls().size();

    var answer = raw(chunked(encoding)).text();

    assertThat(answer)
        .startsWith("HTTP/1.1 501")
        .contains("\"code\":\"unsupported_transfer_encoding\"")
        .containsIgnoringCase("x-should-retry: false");
    assertThat(node.upstream.calls()).hasSize(calls);
    assertThat(raw(chunked("Chunked")).statuses()).containsExactly(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json; charset=utf8",
        "Application/JSON ;v=1; charset=\"UTF-8\" ;",
        "application/json;v=1"
      })
  void a_parameter_of_the_content_type_changes_nothing(String type) {
    assertThat(sendWith("Content-Type", type, "Content-Encoding", "").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json; v=1; charset=latin1", "application/jsonx", "x/y"})
  void another_type_or_charset_gets_415(String type) {
    assertThat(sendWith("Content-Type", type).statusCode()).isEqualTo(415);
  }

  @Test
  void each_of_several_content_types_is_checked() {
    String json = "application/json";

    assertThat(sendWith("Content-Type", json, "Content-Type", "text/plain").statusCode())
        .isEqualTo(415);
    assertThat(sendWith("Content-Type", json, "Content-Type", json + ";v=1").statusCode())
        .isEqualTo(200);
  }

  private static HttpResponse<byte[]> sendWith(String... headers) {
    return node.send(
        HttpRequest.newBuilder(node.uri("/v1/chat/completions"))
            .headers(headers)
            .header("Authorization", "Bearer " + node.token())
            .POST(BodyPublishers.ofString(TestNode.chatBody(false)))
            .build());
  }

  @Test
  void a_token_that_is_sent_twice_counts_once_and_two_tokens_are_refused() {
    String token = node.token();
    String bearer = "Bearer " + token;
    assertThat(
            List.of(
                getModels("Authorization", bearer, "Authorization", bearer),
                getModels("Authorization", bearer, "Authorization", "bearer  " + token),
                getModels("Authorization", bearer, "Authorization", "Basic eDp5"),
                getModels("Authorization", "bearer " + token, "x-api-key", token),
                getModels("x-api-key", token, "x-api-key", token),
                getModels("x-api-key", "", "x-api-key", token)))
        .allSatisfy(response -> assertThat(response.statusCode()).isEqualTo(200));
    String second = node.token(TokenScope.ALL);
    for (var other :
        List.of(
            getModels("Authorization", bearer, "Authorization", "Bearer " + second),
            getModels("Authorization", bearer, "x-api-key", second),
            getModels("x-api-key", token, "x-api-key", second))) {
      assertError(other, 401, "invalid_api_key");
      assertThat(TestNode.text(other)).contains("different access tokens. Send one.");
    }
  }

  private static HttpResponse<byte[]> getModels(String... headers) {
    return node.send(HttpRequest.newBuilder(node.uri("/v1/models")).headers(headers).build());
  }

  @ParameterizedTest
  @CsvSource({
    "maker/model 2, maker/model%202",
    "100%, 100%25",
    "100%25, 100%2525",
    "100%/a, 100%25%2Fa",
    "a:b, a:b",
    "a:b, a%3Ab",
    "a+b, a+b",
    "a;b, a;b",
    "a;b, a%3bb",
    "a?b#c, a%3Fb%23c",
    "modèle ✓, mod%C3%A8le%20%E2%9C%93",
    "%2e%2e/b, %252e%252e/b",
  })
  void an_unknown_model_gets_404_whatever_its_id_contains(String id, String path) {
    var request = node.request("/v1/models/" + path);
    var response = node.send(request.GET().build());
    var anthropic = node.send(request.header("anthropic-version", "2023-06-01").GET().build());

    assertError(response, 404, "model_not_found");
    assertThat(TestNode.text(response)).contains("The model " + id + " does not exist here");
    assertThat(anthropic.statusCode()).isEqualTo(404);
    assertThat(TestNode.text(anthropic))
        .contains("{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"after_id=%ff", "limit=%zz", "limit=%", "%c3=1"})
  void a_query_that_cannot_be_decoded_gets_400(String query) throws IOException {
    String request = "GET /v1/models?" + query + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + bearer();

    var replies = raw(request + "Connection: close\r\n\r\n");

    assertThat(replies.statuses()).containsExactly(400);
    assertThat(replies.text()).contains("malformed_request");
  }

  @Test
  void an_empty_model_name_is_refused() {
    assertError(node.send(node.request("/v1/models/").GET().build()), 404, "not_found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{broken", "{\"model\":\"a\",\"model\":\"b\"}", "[]"})
  void a_refused_body_is_stored_as_a_refused_request(String body) {
    long before = refused();
    var response =
        node.send(node.request("/v1/chat/completions").POST(BodyPublishers.ofString(body)).build());

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(refused()).isEqualTo(before + 1);
    assertThat(reasons())
        .contains("400 invalid_body: " + TestNode.json(response).at("/error/message").asText());
  }

  @Test
  void a_request_that_its_token_does_not_allow_is_stored_at_most_20_times_a_minute() {
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
    String token = node.token(scope);
    long before = refused();

    for (int i = 0; i < 22; i++) {
      assertError(node.chat(token), 403, "not_allowed");
    }
    assertThat(refused()).isEqualTo(before + 20);
    assertThat(reasons())
        .contains("403 not_allowed: This access token may not be used for /v1/chat/completions.");

    pool.clock.tick(Duration.ofMinutes(1));
    assertError(node.chat(token), 403, "not_allowed");
    assertThat(refused()).isEqualTo(before + 21);
  }

  @Test
  void a_provider_key_in_the_message_of_a_refusal_is_masked() {
    String key = "sk-or-v1-" + "0123456789abcdef".repeat(4);
    var scope =
        new TokenScope(
            Set.of(), List.of("maker/*"), Set.of(), Set.of(), 0, 0, null, List.of(), false);
    String body = "{\"model\":\"maker/model\",\"tools\":[{\"type\":\"advisor " + key + "\"}]}";

    var response =
        node.send(
            node.request("/v1/chat/completions")
                .setHeader("Authorization", "Bearer " + node.token(scope))
                .POST(BodyPublishers.ofString(body))
                .build());

    assertError(response, 403, "not_allowed");
    assertThat(reasons())
        .anyMatch(reason -> reason.contains("other models: advisor"))
        .noneMatch(reason -> reason.contains(key));
  }

  private static List<String> reasons() {
    node.requests();
    return pool.database.read(
        dsl ->
            dsl.fetch(
                    "select http_status || ' ' || reason from gateway_requests where reason <> ''")
                .getValues(0, String.class));
  }

  private static long refused() {
    return node.requests().stream().filter("refused"::equals).count();
  }

  @Test
  void a_body_of_another_type_is_stored_as_a_refused_request() {
    long before = refused();

    assertThat(sendWith("Content-Type", "text/plain").statusCode()).isEqualTo(415);
    assertThat(refused()).isEqualTo(before + 1);
  }

  private static String chunked(String encoding) {
    String body = TestNode.chatBody(false);
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        + bearer()
        + "Content-Type: application/json\r\nTransfer-Encoding: "
        + encoding
        + "\r\n\r\n"
        + Integer.toHexString(body.getBytes(UTF_8).length)
        + "\r\n"
        + body
        + "\r\n0\r\n\r\n";
  }

  private static String bearer() {
    return "Authorization: Bearer " + node.token() + "\r\n";
  }

  private static RawHttp.Replies raw(String request) throws IOException {
    return RawHttp.exchange(node.uri("/").toString(), request);
  }
}
