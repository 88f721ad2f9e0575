package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers and errors of a provider whose JSON is nested deeply. */
@Tag("full")
class DeepAnswersTest {
  private static final String END = "data: [DONE]\n\n";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private TestNode node;

  @BeforeEach
  void start() {
    node = new TestNode(pool);
    node.pool.add(2);
  }

  @ParameterizedTest
  @CsvSource({"30, model:empty", "900, answer", "1001, answer", "99000, answer"})
  void a_deep_answer_is_passed_on_and_counts_as_content_unless_it_is_found_empty(
      int levels, String outcome) {
    String body = body(nested(levels));
    node.upstream.answer("*", StreamUpstream.json(200, body));

    assertAnswered(node.chat(), body, outcome);
  }

  @ParameterizedTest
  @CsvSource({"30, model:empty", "900, answer", "990, answer", "1001, answer", "99000, answer"})
  void a_deep_event_is_passed_on_and_counts_as_content_unless_it_is_found_empty(
      int levels, String outcome) {
    String stream = event(nested(levels)) + END;
    node.upstream.answer("*", StreamUpstream.stream(stream));

    assertAnswered(stream("/v1/chat/completions"), stream, outcome);
  }

  private void assertAnswered(HttpResponse<byte[]> response, String body, String outcome) {
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(TestNode.text(response)).isEqualTo(body);
    assertThat(node.requests()).containsExactly("ok");
    assertThat(node.codes()).containsExactly(outcome);
  }

  @ParameterizedTest
  @ValueSource(ints = {990, 100_000})
  void a_deep_event_after_the_first_content_is_passed_on(int levels) {
    String stream = event("\"a\"") + event(nested(levels)) + END;
    node.upstream.answer("*", StreamUpstream.stream(stream));

    assertAnswered(stream("/v1/chat/completions"), stream, "answer");
  }

  /** Reading more levels would need memory for each, and hardly any client could parse them. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void an_answer_or_first_event_of_100000_levels_is_not_usable(boolean streamed) {
    String content = nested(100_000);
    node.upstream.answer(
        "*",
        streamed
            ? StreamUpstream.stream(event(content) + END)
            : StreamUpstream.json(200, body(content)));

    TestNode.assertError(
        node.post("/v1/chat/completions", TestNode.chatBody(streamed)), 502, "upstream_error");
    assertThat(node.requests()).containsExactly("failed");
  }

  @Test
  void a_first_event_with_an_error_of_1001_levels_is_not_content() {
    node.upstream.answer("*", StreamUpstream.stream("data: " + error(1_001) + "\n\n" + END));

    assertThat(stream("/v1/chat/completions").statusCode()).isEqualTo(502);
    assertThat(node.requests()).containsExactly("failed");
  }

  private static String body(String content) {
    return "{\"choices\":[{\"message\":{\"content\":" + content + "}}]}";
  }

  private static String event(String content) {
    return "data: {\"choices\":[{\"delta\":{\"content\":" + content + "}}]}\n\n";
  }

  @ParameterizedTest
  @CsvSource({"400, 900", "400, 990", "400, 100000", "200, 900", "200, 990"})
  void a_deep_error_is_classified(int status, int levels) {
    node.upstream.answer("*", StreamUpstream.json(status, error(levels)));

    var response = node.chat();

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(node.codes()).containsExactly("request:invalid");
  }

  private static String error(int levels) {
    return "{\"error\":{\"code\":400,\"message\":\"no\",\"metadata\":" + nested(levels) + "}}";
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, 900",
    "/v1/chat/completions, 990",
    "/v1/messages, 900",
    "/v1/messages, 990",
    "/v1/responses, 900",
    "/v1/responses, 990"
  })
  void a_deep_error_in_a_stream_is_reported(String path, int levels) {
    String error = "{\"type\":\"error\"," + error(levels).substring(1);
    node.upstream.answer("*", StreamUpstream.stream("data: " + error + "\n\n"));

    var response = stream(path);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(node.codes()).containsExactly("request:invalid");
  }

  private HttpResponse<byte[]> stream(String path) {
    return node.post(path, TestNode.chatBody(true));
  }

  private static String nested(int levels) {
    return "[".repeat(levels) + "]".repeat(levels);
  }
}
