package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.TestNode.assertError;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The response to the client when no attempt got an answer. */
@Tag("full")
class UnansweredRequestTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 413, 422})
  void a_faulty_request_gets_the_provider_s_answer_and_is_sent_once(int status) {
    List<UUID> keys = node.pool.add(2);
    String body = "{\"error\": {\"message\":\"max_tokens is wrong\",\"code\":" + status + "}}";
    node.upstream.answer("*", StreamUpstream.json(status, body));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(TestNode.text(response)).isEqualTo(body);
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.pool.key(keys.getFirst()).status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(node.requests()).containsExactly("failed");
  }

  @ParameterizedTest
  @CsvSource({
    "400, 'text/plain', 'no field named messages', 'no field named messages'",
    "422, 'text/plain', '\n', 'The provider refused the request with status 422'",
    "413, 'text/html', '<html>nginx</html>', 'The provider refused the request with status 413'"
  })
  void a_faulty_request_keeps_its_status_although_the_provider_sends_no_json(
      int status, String type, String body, String message) {
    node.pool.add(2);
    node.upstream.answer("*", call -> call.head(status, type).send(body).end());

    for (String path : List.of("/v1/chat/completions", "/v1/messages")) {
      HttpResponse<byte[]> response = node.post(path, TestNode.chatBody(false));
      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(response.headers().firstValue("content-type")).contains("application/json");
      assertThat(TestNode.json(response).path("error").path("message").asText())
          .startsWith(message);
    }
    assertThat(node.upstream.calls()).hasSize(2);
  }

  @Test
  void an_error_in_an_array_is_passed_on() {
    node.pool.add(2);
    String body = "[{\"error\":{\"message\":\"bad\",\"code\":400}}]";
    node.upstream.answer("*", StreamUpstream.json(400, body));

    assertThat(node.chat().statusCode()).isEqualTo(400);
    assertThat(TestNode.text(node.chat())).isEqualTo(body);
  }

  @Test
  void the_end_of_a_limit_from_headers_about_the_key_is_passed_on() {
    node.pool.add(2);
    node.upstream.answer(
        "*",
        call ->
            call.head(429, "application/json", "x-ratelimit-reset-requests", "1m30s")
                .send(ScriptedUpstream.bare429().body())
                .end());

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValueAsLong("retry-after")).hasValue(90);
    assertThat(response.headers().firstValue("x-should-retry")).contains("false");
  }

  @Test
  void moderation_is_never_repeated_with_another_key() {
    node.pool.add(2);
    var moderation = ScriptedUpstream.moderation();
    node.upstream.answer("*", StreamUpstream.json(403, moderation.body()));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(TestNode.text(response)).isEqualTo(moderation.body());
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void an_error_inside_a_200_is_passed_on_with_its_own_status() {
    node.pool.add(1);
    String body = "{\"error\":{\"message\":\"no such parameter\",\"code\":400}}";
    node.upstream.answer("*", StreamUpstream.json(200, body));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(TestNode.text(response)).isEqualTo(body);
  }

  @Test
  void an_html_page_instead_of_an_answer_becomes_a_502_in_json() {
    node.pool.add(1);
    node.upstream.answer(
        "*", call -> call.head(200, "text/html").send("<!doctype html><title>x</title>").end());

    assertError(node.chat(), 502, "upstream_error");
  }

  @Test
  void a_request_without_a_usable_key_is_answered_with_503() {
    HttpResponse<byte[]> response = node.chat();
    assertThat(response.statusCode()).isEqualTo(404);
    node.pool.add(1);
    node.upstream.answer("*", StreamUpstream.json(401, ScriptedUpstream.unauthorized().body()));
    node.pool.clock.tick(Duration.ofSeconds(2)); // the list of models is cached for a second

    assertError(node.chat(), 503, "no_key_available");
    var message = node.post("/v1/messages", TestNode.chatBody(false));
    assertThat(message.statusCode()).isEqualTo(503);
    assertThat(TestNode.json(message).at("/error/type").asText()).isEqualTo("overloaded_error");
  }

  @Test
  void when_every_key_is_limited_for_hours_retry_after_is_the_end_of_the_limit() {
    node.pool.add(2);
    long reset = node.pool.clock.instant().plus(Duration.ofHours(3)).toEpochMilli();
    node.upstream.answer("*", StreamUpstream.json(429, ScriptedUpstream.daily429(reset).body()));
    String free = "{\"model\":\"maker/model:free\",\"messages\":[]}";

    HttpResponse<byte[]> response = node.post("/v1/chat/completions", free);

    assertError(response, 429, "pool_limited");
    assertThat(Integer.parseInt(response.headers().firstValue("retry-after").orElseThrow()))
        .isBetween(10_790, 10_800);
    assertThat(response.headers().firstValue("x-should-retry")).contains("false");
    int calls = node.upstream.calls().size();
    assertError(node.post("/v1/chat/completions", free), 429, "pool_limited");
    assertThat(node.upstream.calls()).hasSize(calls).hasSize(2);
  }

  @Test
  void a_429_of_every_key_is_passed_on_unchanged() {
    node.pool.add(3);
    String body = ScriptedUpstream.bare429().body();
    String quota = "anthropic-ratelimit-unified-status";
    node.upstream.answer(
        "*", StreamUpstream.json(429, body, "Retry-After", "7", quota, "rejected"));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(TestNode.text(response)).isEqualTo(body);
    assertThat(response.headers().firstValue("retry-after")).contains("7");
    assertThat(response.headers().firstValue(quota)).contains("rejected");
  }

  @ParameterizedTest
  @CsvSource({"3600, true", "3, false"})
  void x_should_retry_is_false_if_the_provider_requests_a_long_wait(String wait, boolean refused) {
    node.pool.add(1);
    String body =
        "{\"error\":{\"code\":400,\"message\":\"No\",\"metadata\":{\"provider_name\":\"Maker\"}}}";
    node.upstream.answer("*", StreamUpstream.json(400, body, "Retry-After", wait));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("retry-after")).contains(wait);
    assertThat(response.headers().firstValue("x-should-retry"))
        .isEqualTo(refused ? Optional.of("false") : Optional.empty());
  }

  /** The gateway does not wait for more than 5 s, so a client that waits may succeed. */
  @ParameterizedTest
  @CsvSource({"503, 10, false", "529, 60, false", "500, 61, true", "503, '', true"})
  void x_should_retry_after_a_server_error_depends_on_the_wait_that_the_provider_names(
      int status, String wait, boolean refused) {
    node.pool.add(3);
    String body = "{\"error\":{\"code\":%d,\"message\":\"Busy\"}}".formatted(status);
    node.upstream.answer("*", StreamUpstream.json(status, body, "Retry-After", wait));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("x-should-retry"))
        .isEqualTo(refused ? Optional.of("false") : Optional.empty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "429|\"metadata\":{\"provider_name\":\"Maker\",\"retry_after_seconds\":30}|30|",
        "503|\"availability\":{\"code\":\"temporarily_unavailable\",\"retry_after\":20}|20|",
        "503|\"availability\":{\"code\":\"temporarily_unavailable\",\"retry_after\":90}|90|false"
      })
  void a_wait_that_only_the_body_of_an_error_names_is_passed_on_as_a_header(
      int status, String fields, String wait, String shouldRetry) {
    node.pool.add(3);
    String body = "{\"error\":{\"code\":%d,\"message\":\"Provider returned error\",%s}}";
    node.upstream.answer("*", StreamUpstream.json(status, body.formatted(status, fields)));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(response.headers().firstValue("retry-after")).contains(wait);
    assertThat(response.headers().firstValue("x-should-retry"))
        .isEqualTo(Optional.ofNullable(shouldRetry));
  }

  /**
   * The provider's clock is ahead by some seconds, or a cache stored the answer for some seconds.
   */
  @ParameterizedTest
  @CsvSource({"-3600, 0", "0, 0", "3600, 0", "0, 600"})
  void a_wait_until_a_date_is_passed_on_in_seconds_even_if_the_date_of_the_answer_is_wrong(
      int ahead, int age) {
    node.pool.add(2);
    Instant theirs = node.pool.clock.instant().plusSeconds(ahead);
    node.upstream.answer(
        "*",
        StreamUpstream.json(
            429,
            ScriptedUpstream.bare429().body(),
            "Date",
            httpDate(theirs.minusSeconds(age)),
            "Age",
            String.valueOf(age),
            "Retry-After",
            httpDate(theirs.plusSeconds(40))));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(Integer.parseInt(response.headers().firstValue("retry-after").orElseThrow()))
        .isBetween(30, 40);
    assertThat(response.headers().firstValue("x-should-retry")).isEmpty();
  }

  /** Clients accept only whole seconds and HTTP dates. */
  @ParameterizedTest
  @ValueSource(strings = {"epoch", "rfc 3339", "39.5", "39.5s"})
  void a_wait_in_another_format_is_passed_on_in_whole_seconds(String form) {
    node.pool.add(2);
    Instant until = node.pool.clock.instant().plusSeconds(40);
    String wait =
        switch (form) {
          case "epoch" -> Long.toString(until.getEpochSecond());
          case "rfc 3339" -> until.toString();
          default -> form;
        };
    node.upstream.answer(
        "*", StreamUpstream.json(429, ScriptedUpstream.bare429().body(), "Retry-After", wait));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.headers().firstValue("retry-after").map(Integer::valueOf).orElseThrow())
        .isBetween(30, 40);
  }

  /** A client would read an epoch time in the past as a wait of many years. */
  @ParameterizedTest
  @ValueSource(
      strings = {"1700000000", "999999999", "Tue, 14 Nov 2023 22:13:20 GMT", "soon", "0.0", "-1"})
  void a_wait_that_no_client_can_interpret_is_not_passed_on(String wait) {
    node.pool.add(2);
    String body = ScriptedUpstream.upstream429().body();
    node.upstream.answer("*", StreamUpstream.json(400, body, "Retry-After", wait));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("retry-after")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "40", "31000000"})
  void a_wait_in_whole_seconds_passes_unchanged(String wait) {
    node.pool.add(2);
    String body = ScriptedUpstream.bare429().body();
    node.upstream.answer("*", StreamUpstream.json(429, body, "Retry-After", wait));

    assertThat(node.chat().headers().firstValue("retry-after")).contains(wait);
  }

  private static String httpDate(Instant at) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(at.atOffset(ZoneOffset.UTC));
  }

  @Test
  void the_key_never_reaches_the_client() {
    node.pool.add(1);
    node.upstream.answer(
        "*",
        StreamUpstream.json(
            400,
            "{\"error\":{\"message\":\"bad: sk-or-v1-test-secret-of-key1\",\"code\":400}}",
            "x-generation-id",
            "sk-or-v1-test-secret-of-key1"));

    HttpResponse<byte[]> response = node.chat();

    assertThat(TestNode.text(response)).doesNotContain("secret-of-key1");
    assertThat(response.headers().map().toString()).doesNotContain("secret-of-key1");
  }
}
