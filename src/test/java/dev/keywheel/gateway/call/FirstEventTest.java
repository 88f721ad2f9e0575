package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that begin with an error or with an event that cannot be read. */
class FirstEventTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @Test
  void an_error_as_first_event_leads_to_another_key_and_a_later_one_does_not() {
    node.pool.add(2);
    node.upstream.answer(
        "key1",
        StreamUpstream.stream(
            ": wait\n\n", "data: {\"error\":{\"message\":\"Too many\",\"code\":429}}\n\n"));
    String late = "data: {\"error\":{\"message\":\"Too many\",\"code\":429}}\n\n";
    node.upstream.answer(
        "key2", StreamUpstream.stream(ONE, LAST), StreamUpstream.stream(ONE, late));

    assertThat(TestNode.text(stream())).isEqualTo(ONE + LAST);
    assertThat(TestNode.text(stream())).isEqualTo(ONE + "event: error\n" + late);

    assertThat(node.upstream.keys()).containsExactly("key1", "key2", "key2");
    assertThat(node.requests()).containsExactlyInAnyOrder("ok", "failed");
    String reason =
        pool.database.read(
            dsl ->
                dsl.fetchSingle("select reason from gateway_requests where state = 'failed'")
                    .get(0, String.class));
    assertThat(reason).as("that of the attempt").isEqualTo(node.codes().getLast());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "\uFEFF"})
  void a_json_error_labelled_as_a_stream_is_classified(String before) {
    List<UUID> keys = node.pool.add(2);
    node.upstream.answer(
        "key1", StreamUpstream.stream(before + ScriptedUpstream.noCredit().body()));
    node.upstream.answer("key2", StreamUpstream.stream(ONE, LAST));

    assertThat(TestNode.text(stream())).isEqualTo(ONE + LAST);

    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    assertThat(node.pool.key(keys.getFirst()).usableFor(ModelClass.PAID)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"data: {\"id\":\"gen-1\",\"choi", "data: Internal Server Error\n\n", "data:\n\n"})
  void an_incomplete_or_unreadable_first_event_leads_to_another_key(String first) {
    node.pool.add(2);
    node.upstream.answer("key1", StreamUpstream.stream(": wait\n\n", first));
    node.upstream.answer("key2", StreamUpstream.stream(ONE, LAST));

    assertThat(TestNode.text(stream())).isEqualTo(ONE + LAST);
    assertThat(node.attempts()).containsExactly("http_error", "ok");
  }

  @Test
  void an_overload_error_as_first_event_gets_the_status_of_an_overload() {
    node.pool.add(1);
    String event =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n";
    node.upstream.answer("*", StreamUpstream.stream(event));

    HttpResponse<byte[]> response = node.post("/v1/messages", TestNode.chatBody(true));

    assertThat(response.statusCode()).isEqualTo(529);
    assertThat(response.headers().firstValue("x-should-retry")).contains("false");
    assertThat(node.upstream.calls()).hasSize(3);
    assertThat(TestNode.json(response).path("error").path("type").asText())
        .isEqualTo("overloaded_error");
  }

  @Test
  void an_overload_after_a_ping_leads_to_another_attempt_and_one_after_the_start_does_not() {
    node.pool.add(2);
    String ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    String start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"a\"}}\n\n";
    String overload =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n";
    node.upstream.answer(
        "*",
        StreamUpstream.stream(ping, overload),
        StreamUpstream.stream(ping, start, ping, overload));

    HttpResponse<byte[]> response = node.post("/v1/messages", TestNode.chatBody(true));

    assertThat(TestNode.text(response)).isEqualTo(ping + start + ping + overload);
    assertThat(node.upstream.calls()).hasSize(2);
    assertThat(node.requests()).containsExactly("failed");
  }

  /** The Messages API reports errors in a stream by their type only. */
  @ParameterizedTest
  @CsvSource({
    "not_found_error, 404, 1",
    "request_too_large, 413, 1",
    "permission_error, 403, 2",
    "rate_limit_error, 429, 4"
  })
  void an_error_that_has_only_a_type_is_repeated_like_the_status_that_it_stands_for(
      String type, int status, int calls) {
    node.pool.add(5);
    String error = "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"No.\"}}";
    node.upstream.answer(
        "*", StreamUpstream.stream("event: error\ndata: " + error.formatted(type) + "\n\n"));

    var response = node.post("/v1/messages", TestNode.chatBody(true));

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(node.upstream.calls()).hasSize(calls);
  }

  /** The provider had accepted the key before it answered. */
  @Test
  void a_rate_limit_without_a_cause_after_the_start_of_an_answer_limits_no_key() {
    UUID key = node.pool.add(1).getFirst();
    String start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"a\"}}\n\n";
    String error =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}\n\n";
    node.upstream.answer("*", StreamUpstream.stream(start, error));

    var response = node.post("/v1/messages", TestNode.chatBody(true));

    assertThat(TestNode.text(response)).isEqualTo(start + error);
    assertThat(node.requests()).containsExactly("failed");
    assertThat(node.pool.key(key).usableFor(ModelClass.PAID)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {402, 429})
  void an_error_with_a_status_but_no_reason_after_content_limits_no_key(int code) {
    UUID key = node.pool.add(1).getFirst();
    var error = "data: {\"error\":{\"code\":%d,\"message\":\"m\"},\"choices\":[]}\n\n";
    node.upstream.answer("*", StreamUpstream.stream(ONE, error.formatted(code)));

    stream();

    assertThat(node.requests()).containsExactly("failed");
    assertThat(node.pool.key(key).usableFor(ModelClass.PAID)).isTrue();
  }

  private HttpResponse<byte[]> stream() {
    return node.post("/v1/chat/completions", TestNode.chatBody(true));
  }
}
