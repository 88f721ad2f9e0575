package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static dev.keywheel.gateway.call.TestNode.assertError;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Timeouts, silence and early ends in streams and other answers. */
@Tag("full")
class GatewayStreamTest extends ExchangesWithNode {
  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/messages", "/v1/responses"})
  void a_cut_after_content_is_reported_in_the_client_s_protocol(String path) {
    TestNode node = node(patient());
    String begun =
        switch (path) {
          case "/v1/messages" ->
              "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n";
          case "/v1/responses" ->
              "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"
                  + "\"response\":{\"id\":\"resp_1\"}}\n\n";
          default -> ONE;
        };
    node.upstream.answer(
        "*", call -> call.head(200, "text/event-stream").send(begun + "data: {\"ha").cut());

    String text = TestNode.text(stream(node, path));

    assertThat(text).startsWith(begun);
    assertThat(text.substring(begun.length()))
        .startsWith(
            switch (path) {
              case "/v1/messages" -> "event: error\ndata: {\"type\":\"error\"";
              case "/v1/responses" -> "event: response.failed\ndata: {\"type\":\"response.failed\"";
              default -> "event: error\ndata: {\"error\":{";
            });
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.requests()).containsExactly("truncated");
    assertThat(node.attempts()).containsExactly("truncated");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"no %s\"}\n\n",
        "data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"no %s\"}"
      })
  void a_provider_s_error_that_some_sdks_ignore_is_followed_by_a_second_one(String error) {
    TestNode node = node(patient());
    String begun = "data: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}\n\n";
    node.upstream.answer(
        "*",
        call ->
            call.head(200, "text/event-stream")
                .send(begun + error.formatted("sk-or-v1-test-secret-of-" + call.key()))
                .end());

    assertThat(TestNode.text(stream(node, "/v1/responses")))
        .startsWith(begun + error.strip().formatted("***") + "\n\nevent: error\ndata: {")
        .contains("\"error\":{", "\"message\":\"no ***\"")
        .doesNotContain("secret-of")
        .endsWith("}\n\n");
    assertThat(node.attempts()).containsExactly("http_error");
  }

  @Test
  void a_stream_that_closes_without_a_finish_reason_is_truncated() {
    TestNode node = node(patient());
    node.upstream.answer("*", StreamUpstream.stream(ONE));

    assertThat(TestNode.text(stream(node, "/v1/chat/completions")))
        .startsWith(ONE + "event: error\n")
        .contains("upstream_truncated")
        .doesNotContain("[DONE]");
    assertThat(node.requests()).containsExactly("truncated");
  }

  @Test
  void a_stream_that_ends_before_content_is_taken_over_by_another_key() {
    TestNode node = node(patient());
    node.upstream.answer("key1", StreamUpstream.stream(": wait\n\n"));
    node.upstream.answer("key2", StreamUpstream.stream(ONE, LAST));

    assertThat(TestNode.text(stream(node, "/v1/chat/completions"))).isEqualTo(ONE + LAST);
  }

  /** HTTP defines no coding {@code none}, but some providers send it. */
  @ParameterizedTest
  @ValueSource(strings = {"identity", "none"})
  void a_client_that_waits_gets_its_status_and_comments_and_then_another_key_s_answer(
      String encoding) {
    var timeouts = TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, STATUS_HOLD, LONG);
    TestNode node = node(timeouts);
    var go = new CountDownLatch(1);
    node.upstream.answer(
        "key1",
        call -> {
          call.head(200, "text/event-stream", "Content-Encoding", encoding)
              .send(": a comment of the provider\n\n");
          go.await();
          call.cut();
        });
    node.upstream.answer("key2", StreamUpstream.stream(ONE, LAST));

    var response = begin(node, TestNode.chatBody(true));
    assertThat(response.statusCode()).isEqualTo(200);
    String before = read(response.body(), ": keep-alive\n\n: keep-alive\n\n");
    go.countDown();
    String after = rest(response.body());

    assertThat(before).doesNotContain("data:");
    assertThat(after.replace(": keep-alive\n\n", "")).isEqualTo(ONE + LAST);
    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    assertThat(node.requests()).containsExactly("ok");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|{\"message\":\"no\"}|refused the request: 400 request rejected. It says: no|invalid_request_error",
        "402|{\"metadata\":{\"reason\":\"weight_exceeds_budget\"}}|refused the request: 402"
            + "|server_error",
        "404|{\"metadata\":{\"error_type\":\"no_endpoints\"}}|refused the request: 404|server_error",
        "404|{\"code\":404}|refused the request: 404|server_error",
        "502|{\"message\":\"down\"}|answer was not usable: 502 provider error. It says: down"
            + "|server_error"
      })
  void an_error_after_the_status_was_sent_is_an_event(
      int status, String error, String message, String type) {
    TestNode node =
        node(TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, STATUS_HOLD, LONG));
    var go = new CountDownLatch(1);
    node.upstream.answer(
        "*",
        call -> {
          go.await();
          StreamUpstream.json(status, "{\"error\":" + error + "}").answer(call);
        });

    var response = begin(node, TestNode.chatBody(true));
    read(response.body(), ": keep-alive\n\n");
    go.countDown();

    assertThat(rest(response.body()))
        .contains("event: error\ndata: {\"error\":{", "The provider")
        .contains(message, "\"type\":\"" + type + "\"");
    assertThat(node.requests()).containsExactly("failed");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, text/event-stream",
    "/v1/chat/completions, application/json",
    "/v1/messages, text/event-stream",
    "/v1/messages, application/json",
    "/v1/responses, application/json"
  })
  void a_stream_that_was_not_requested_has_the_wrong_format(String path, String type) {
    TestNode node = node(patient());
    String events =
        switch (path) {
          case "/v1/messages" ->
              "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n";
          case "/v1/responses" ->
              "event: response.created\ndata: {\"type\":\"response.created\"}\n\n";
          default -> ONE + LAST;
        };
    node.upstream.answer("*", call -> call.head(200, type).send(events).end());

    var response = node.post(path, TestNode.chatBody(false));

    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(TestNode.text(response)).contains("does not have the requested format");
    assertThat(node.codes()).containsExactly("model:wrong_form", "model:wrong_form");
    assertThat(node.requests()).containsExactly("failed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/messages"})
  void an_error_in_a_stream_that_was_not_requested_is_classified(String path) {
    TestNode node = node(patient());
    String error =
        "event: error\ndata: {\"type\":\"error\","
            + "\"error\":{\"message\":\"no\",\"code\":400}}\n\n";
    node.upstream.answer("*", call -> call.head(200, "application/json").send(error).end());

    assertThat(node.post(path, TestNode.chatBody(false)).statusCode()).isEqualTo(400);
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void a_complete_answer_labelled_as_a_stream_is_passed_on_as_json() {
    TestNode node = node(patient());
    node.upstream.answer("*", StreamUpstream.stream("{\"id\":\"1\"}"));

    var response = node.chat();

    assertThat(TestNode.text(response)).isEqualTo("{\"id\":\"1\"}");
    assertThat(response.headers().firstValue("content-type")).contains("application/json");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, text/event-stream, '{\"choices\":[{\"message\":{\"content\":\"a\"}}]}'",
    "/v1/chat/completions, application/json, '{\"choices\":[{\"message\":{\"content\":\"a\"}}]}'",
    "/v1/messages, text/event-stream, '{\"type\":\"message\",\"content\":[]}'",
    "/v1/responses, text/event-stream, '{\"id\":\"resp_1\",\"output\":[]}'",
  })
  void a_complete_answer_instead_of_a_stream_has_the_wrong_format(
      String path, String type, String answer) {
    TestNode node = node(patient());
    node.upstream.answer("*", call -> call.head(200, type).send(answer).end());

    var response = stream(node, path);

    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(TestNode.text(response)).contains("does not have the requested format");
    assertThat(response.headers().firstValue("x-should-retry")).contains("false");
    assertThat(node.codes()).containsExactly("model:wrong_form", "model:wrong_form");
  }

  @Test
  void embeddings_are_not_streamed_although_a_stream_was_requested() {
    TestNode node = node(patient());
    String vectors = "{\"object\":\"list\",\"data\":[]}";
    node.upstream.answer("*", StreamUpstream.json(200, vectors));

    assertThat(TestNode.text(stream(node, "/v1/embeddings"))).isEqualTo(vectors);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/messages|{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}",
        "/v1/responses|{\"id\":\"resp_1\",\"output\":[]}",
        "/v1/chat/completions|{\"choices\":[{\"message\":{\"tool_calls\":[{\"id\":\"1\"}]}}]}"
      })
  void a_complete_answer_after_the_status_of_a_stream_has_the_wrong_format(
      String path, String answer) {
    TestNode node =
        node(TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, STATUS_HOLD, LONG));
    var go = new CountDownLatch(1);
    node.upstream.answer(
        "*",
        call -> {
          go.await();
          StreamUpstream.json(200, answer).answer(call);
        });

    var response = begin(node, path, TestNode.chatBody(true));
    read(response.body(), ": keep-alive\n\n");
    go.countDown();

    assertThat(rest(response.body())).contains("does not have the requested format");
    assertThat(node.codes()).containsExactly("model:wrong_form", "model:wrong_form");
  }

  @Test
  void comments_without_content_do_not_prolong_a_stream() {
    var first = TestNode.timeouts(LONG, SHORT, LONG, LONG, LONG, LONG, LONG, LONG, LONG);
    TestNode node = node(first);
    node.upstream.answer("*", this::commentsOnly);

    assertError(stream(node, "/v1/chat/completions"), 504, "upstream_timeout");
    assertThat(node.attempts()).containsExactly("timeout", "timeout");
    for (var call : node.upstream.calls()) {
      Await.until("the provider's connection is closed", call::isGone);
    }
  }

  @Test
  @Timeout(50) // shorter than the other limits, one of which would end the stream as well
  void a_stream_that_continues_with_only_comments_after_content_is_ended_with_an_error() {
    TestNode node = node(TestNode.timeouts(LONG, LONG, LONG, LONG, SHORT, LONG, LONG, LONG, LONG));
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE);
          comments(call);
        });

    assertThat(TestNode.text(stream(node, "/v1/chat/completions")))
        .startsWith(ONE)
        .contains("upstream_timeout");
    assertThat(node.requests()).containsExactly("truncated");
  }

  @Test
  @Timeout(50) // shorter than the limits of the node, one of which would end the stream as well
  void comments_after_the_end_do_not_keep_a_stream_open() {
    TestNode node = node(TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG));
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE + LAST);
          comments(call);
        });

    assertThat(TestNode.text(stream(node, "/v1/chat/completions"))).startsWith(ONE + LAST);
    assertThat(node.requests()).containsExactly("ok");
  }

  @Test
  void silence_before_content_ends_a_stream_with_an_unknown_encoding() {
    TestNode node = node(TestNode.timeouts(LONG, LONG, LONG, SHORT, LONG, LONG, LONG, LONG, LONG));
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream", "Content-Encoding", "none");
          over.await(20, TimeUnit.SECONDS);
        });

    assertThat(stream(node, "/v1/chat/completions").statusCode()).isEqualTo(504);
  }

  @Test
  void silence_after_content_ends_the_stream_with_an_error() {
    TestNode node = node(TestNode.timeouts(LONG, LONG, LONG, SHORT, LONG, LONG, LONG, LONG, LONG));
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE);
          over.await();
        });

    assertThat(TestNode.text(stream(node, "/v1/chat/completions"))).contains("upstream_timeout");
  }

  @Test
  void silence_after_each_choice_that_began_has_finished_ends_the_stream_as_complete() {
    TestNode node = node(TestNode.timeouts(LONG, LONG, LONG, SHORT, LONG, LONG, LONG, LONG, LONG));
    String text = ONE + LAST.replace("data: [DONE]\n\n", "");
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(text);
          over.await();
        });
    String two = TestNode.chatBody(true).replace("{\"model\"", "{\"n\":2,\"model\"");

    assertThat(TestNode.text(node.post("/v1/chat/completions", two))).isEqualTo(text);
    assertThat(node.requests()).containsExactly("ok");
  }

  @Test
  void white_space_is_not_an_answer() {
    TestNode node = node(TestNode.timeouts(LONG, LONG, SHORT, LONG, LONG, LONG, LONG, LONG, LONG));
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "application/json");
          while (!call.isGone()) {
            call.send("\n");
            over.await(20, TimeUnit.MILLISECONDS);
          }
        });

    assertError(node.chat(), 504, "upstream_timeout");
    assertThat(node.attempts()).containsExactly("timeout", "timeout");
  }

  @Test
  void a_complete_answer_after_white_space_is_passed_on() {
    TestNode node = node(patient());
    node.upstream.answer(
        "*", call -> call.head(200, "application/json").send("\n\n").send("{\"id\":\"1\"}").end());

    assertThat(TestNode.text(node.chat())).isEqualTo("\n\n{\"id\":\"1\"}");
  }

  private void commentsOnly(StreamUpstream.Call call) throws IOException, InterruptedException {
    call.head(200, "text/event-stream");
    comments(call);
  }

  private void comments(StreamUpstream.Call call) throws IOException, InterruptedException {
    while (!call.isGone() && over.getCount() > 0) {
      call.send(": OPENROUTER PROCESSING\n\n");
      over.await(20, TimeUnit.MILLISECONDS);
    }
  }

  private static HttpResponse<byte[]> stream(TestNode node, String path) {
    return node.post(path, TestNode.chatBody(true));
  }
}
