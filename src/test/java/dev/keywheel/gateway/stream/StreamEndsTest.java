package dev.keywheel.gateway.stream;

import static dev.keywheel.gateway.stream.TestStream.DONE;
import static dev.keywheel.gateway.stream.TestStream.FIRST;
import static dev.keywheel.gateway.stream.TestStream.LAST;
import static dev.keywheel.gateway.stream.TestStream.json;
import static dev.keywheel.gateway.stream.TestStream.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.gateway.stream.StreamFilter.Broken;
import dev.keywheel.gateway.stream.StreamFilter.Ended;
import dev.keywheel.gateway.stream.StreamFilter.Failed;
import dev.keywheel.gateway.stream.StreamFilter.Step;
import dev.keywheel.gateway.stream.StreamFilter.Waiting;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How streams end: complete, cut, or with an error. */
class StreamEndsTest {
  private static final ErrorEvent CUT =
      new ErrorEvent("upstream_truncated", "The answer is incomplete.", "req_1");

  private TestStream stream = new TestStream(StreamProtocol.chat(false, 1));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {\"error\":{\"message\":\"no\",\"code\":429}}\n\n",
        "data: {\"id\":\"gen-1\",\"error\":{\"message\":\"no\",\"code\":429},\"choices\":"
            + "[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
        "data: {\"choices\":[{\"finish_reason\":null,\"error\":{\"message\":\"no\",\"code\":429}}]}\n\n",
        "data: {\"choices\":[{\"finish_reason\":\"error\",\"error\":{\"message\":\"no\","
            + "\"code\":429}}]}\n\n",
        "data: {\"object\":\"error\",\"message\":\"no\",\"code\":429}\n\n",
        "event: error\ndata: {\"message\":\"no\",\"code\":429}\n\n",
        "data: {\"message\":\"no\",\"code\":429}\nevent:error\n\n",
      })
  void an_error_as_first_event_is_an_answer_that_failed(String event) {
    Step step = stream.accept(": wait\n\n" + event);

    assertThat(step).isInstanceOf(Failed.class);
    var failed = (Failed) step;
    assertThat(failed.first()).isTrue();
    assertThat(json(failed.body()).path("error").path("code").asInt()).isEqualTo(429);
  }

  @Test
  void an_error_after_content_is_passed_on_under_the_name_that_clients_recognize() {
    stream.accept(FIRST);
    String event = "data: {\"error\":{\"message\":\"no\",\"code\":502}}\n\n";

    Step step = stream.accept(FIRST + event + "data: {\"never\":1}\n\n");

    assertThat(step).isInstanceOf(Failed.class);
    var failed = (Failed) step;
    assertThat(failed.first()).isFalse();
    assertThat(new String(failed.before(), UTF_8)).isEqualTo(FIRST);
    assertThat(new String(failed.event(), UTF_8)).isEqualTo("event: error\n" + event);
  }

  @Test
  void done_before_the_end_of_a_response_is_not_passed_on() {
    stream = new TestStream(StreamProtocol.responses());
    String delta = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}\n\n";

    assertThat(text(stream.accept(delta + DONE))).isEqualTo(delta);
    assertThat(((Ended) stream.filter.end()).complete()).isFalse();
    String last = "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n\n";
    assertThat(text(stream.accept(last + DONE))).isEqualTo(last + DONE);
  }

  @Test
  void an_id_of_more_than_200_characters_is_not_kept() {
    stream.accept(FIRST.replace("gen-1", "g".repeat(201)));
    assertThat(stream.protocol.id()).isEmpty();

    stream.accept(FIRST.replace("gen-1", "g".repeat(200)));
    assertThat(stream.protocol.id()).hasSize(200);
  }

  @Test
  void an_answer_is_complete_when_all_its_choices_have_finished() {
    stream = new TestStream(StreamProtocol.chat(false, 2));
    String second = LAST.replace("{\"delta\"", "{\"index\":1,\"delta\"");

    stream.accept(FIRST + LAST);
    assertThat(stream.protocol.finished()).isFalse();
    stream.accept(LAST);
    assertThat(stream.protocol.finished()).isFalse();
    stream.accept(second);
    assertThat(stream.protocol.finished()).isTrue();
  }

  @Test
  void an_answer_with_fewer_choices_than_requested_ends_with_the_event_done() {
    stream = new TestStream(StreamProtocol.chat(false, 2));

    stream.accept(FIRST + LAST + DONE);

    assertThat(stream.protocol.finished()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n\n", ""})
  void at_the_end_an_answer_is_complete_if_each_choice_that_began_has_finished(String end) {
    stream = new TestStream(StreamProtocol.chat(false, 2));
    stream.accept(FIRST);
    assertThat(stream.protocol.complete()).isFalse();

    stream.accept(LAST.strip() + end);
    assertThat(stream.protocol.finished()).isFalse();
    Ended ended = (Ended) stream.filter.end();

    assertThat(ended.complete()).isTrue();
    assertThat(new String(ended.bytes(), UTF_8)).isEqualTo(end.isEmpty() ? LAST.strip() : "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n\n", "", "\"half"})
  void at_the_end_an_answer_with_a_choice_that_has_not_finished_is_incomplete(String end) {
    stream = new TestStream(StreamProtocol.chat(false, 2));
    String second = FIRST.replace("{\"delta\"", "{\"index\":1,\"delta\"").strip();

    stream.accept(FIRST + LAST + second + end);

    assertThat(((Ended) stream.filter.end()).complete()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r", "\r\n"})
  void an_error_that_no_blank_line_ends_gets_one(String end) {
    stream.accept(FIRST);
    String event = "data: {\"error\":{\"message\":\"no\",\"code\":502}}" + end;
    stream.accept(event);

    var failed = (Failed) stream.filter.end();

    assertThat(new String(failed.event(), UTF_8)).isEqualTo("event: error\n" + event + "\n\n");
  }

  @Test
  void an_error_in_an_event_with_another_name_gets_the_name_that_clients_recognize() {
    stream.accept(FIRST);
    String event = "event: chunk\r\ndata: {\"error\":{\"message\":\"no\"}}";

    var failed = (Failed) stream.accept(event + "\r\n\r\n");

    assertThat(new String(failed.event(), UTF_8)).isEqualTo(event + "\nevent: error\n\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "data: {\"half", "data: {\"choices\":[]}"})
  void an_end_without_a_finish_reason_is_not_complete(String rest) {
    stream.accept(FIRST + rest);

    Ended end = (Ended) stream.filter.end();

    assertThat(end.complete()).isFalse();
    assertThat(end.empty()).isFalse();
    assertThat(end.bytes()).isEmpty();
    assertThat(new String(stream.filter.failure(CUT), UTF_8))
        .startsWith("event: error\ndata: {\"error\":{\"message\":\"The answer is incomplete.\"")
        .contains("\"code\":\"upstream_truncated\"", "\"request_id\":\"req_1\"")
        .endsWith("}\n\n");
  }

  @Test
  void the_last_event_may_lack_its_blank_line() {
    stream.accept(FIRST + "data: [DONE]");

    Ended end = (Ended) stream.filter.end();

    assertThat(end.complete()).isTrue();
    assertThat(new String(end.bytes(), UTF_8)).isEqualTo("data: [DONE]");
  }

  @Test
  void a_stream_of_comments_is_empty() {
    stream.accept(": a\n\n");

    assertThat(((Ended) stream.filter.end()).empty()).isTrue();
  }

  @Test
  void an_event_of_20_megabytes_breaks_the_stream() {
    assertThat(stream.accept(FIRST + "data: " + "x".repeat(20 << 20))).isInstanceOf(Broken.class);
  }

  @Test
  void messages_end_with_their_stop_event_and_report_their_usage_in_two_parts() {
    stream = new TestStream(StreamProtocol.messages());
    String ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    String start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
            + "\"model\":\"claude-x\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n";
    String delta =
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
            + "\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\n";
    String stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    assertThat(stream.accept(ping)).isInstanceOf(Waiting.class);
    assertThat(text(stream.accept(start + delta))).isEqualTo(ping + start + delta);
    assertThat(stream.protocol.finished()).isFalse();
    assertThat(new String(stream.filter.failure(CUT), UTF_8))
        .startsWith("event: error\ndata: {\"type\":\"error\",\"error\":{")
        .contains("\"type\":\"api_error\"");
    assertThat(text(stream.accept(stop))).isEqualTo(stop);
    assertThat(stream.protocol.finished()).isTrue();
    assertThat(stream.protocol.usage().promptTokens()).isEqualTo(9);
    assertThat(stream.protocol.usage().completionTokens()).isEqualTo(5);
  }

  @Test
  void an_error_event_of_messages_keeps_its_name() {
    stream = new TestStream(StreamProtocol.messages());
    String error =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
            + "\"message\":\"Overloaded\"}}\n\n";

    var failed = (Failed) stream.accept(error);

    assertThat(new String(failed.event(), UTF_8)).isEqualTo(error);
    assertThat(new String(failed.body(), UTF_8)).isEqualTo(error.split("data: ")[1].strip());
  }

  @Test
  void a_truncated_response_fails_with_its_own_id_and_the_next_number() {
    stream = new TestStream(StreamProtocol.responses());
    stream.accept(
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"
            + "\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"output\":[]}}\n\n"
            + "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
            + "\"sequence_number\":4,\"delta\":\"x\"}\n\n");

    assertThat(((Ended) stream.filter.end()).complete()).isFalse();
    String failure = new String(stream.filter.failure(CUT), UTF_8);
    assertThat(failure).startsWith("event: response.failed\ndata: ");
    JsonNode data = json(failure.lines().toList().get(1).substring(6).getBytes(UTF_8));
    assertThat(data.path("sequence_number").asInt()).isEqualTo(5);
    assertThat(data.path("response").path("id").asText()).isEqualTo("resp_1");
    assertThat(data.path("response").path("status").asText()).isEqualTo("failed");
    assertThat(data.path("response").path("error").path("code").asText()).isEqualTo("server_error");
  }

  @ParameterizedTest
  @ValueSource(strings = {"response.created", "response.output_text.delta"})
  void the_last_event_of_a_truncated_response_is_an_error_for_which_every_sdk_throws(String first) {
    stream = new TestStream(StreamProtocol.responses());
    stream.accept(
        "data: {\"type\":\"%s\",\"sequence_number\":4,\"response\":{\"id\":\"resp_1\"}}\n\n"
            .formatted(first));

    String failure = new String(stream.filter.failure(CUT), UTF_8);

    JsonNode last = json(failure.substring(failure.lastIndexOf("data: ") + 6).getBytes(UTF_8));
    assertThat(failure).contains("event: error\ndata: ").endsWith("}\n\n");
    assertThat(last.path("type").asText()).isEqualTo("error");
    assertThat(last.path("sequence_number").asInt())
        .isEqualTo(failure.contains("response.failed") ? 6 : 5);
    assertThat(last.path("message").asText()).isEqualTo("The answer is incomplete.");
    assertThat(last.path("error").path("code").asText()).isEqualTo("upstream_truncated");
    assertThat(last.path("error").path("message").asText()).isEqualTo("The answer is incomplete.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"error\",\"sequence_number\":5,\"code\":\"server_error\",\"message\":\"busy\","
            + "\"param\":\"input\"}|server_error|busy|server_error|input",
        "{\"type\":\"error\",\"sequence_number\":5,\"code\":null,\"error\":null}"
            + "|upstream_error|The provider reported an error, so the answer is incomplete."
            + "|server_error|null",
        "{\"type\":\"response.failed\",\"sequence_number\":5,\"response\":{\"id\":\"resp_1\","
            + "\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"slow\","
            + "\"type\":\"too_many\"}}}|rate_limit_exceeded|slow|too_many|null"
      })
  void an_error_that_some_sdks_ignore_is_followed_by_one_that_every_sdk_reports(
      String error, String code, String message, String type, String param) {
    stream = new TestStream(StreamProtocol.responses());
    stream.accept("data: {\"type\":\"response.output_text.delta\",\"sequence_number\":4}\n\n");

    var failed = (Failed) stream.accept("data: " + error + "\n\n");

    assertThat(failed.event()).asString(UTF_8).isEqualTo("data: " + error + "\n\n");
    String after = new String(failed.after(), UTF_8);
    assertThat(after).startsWith("event: error\ndata: ").endsWith("}\n\n");
    JsonNode data = json(after.substring(after.indexOf('{')).getBytes(UTF_8));
    assertThat(data.path("type").asText()).isEqualTo("error");
    assertThat(data.path("sequence_number").asInt()).isEqualTo(6);
    assertThat(data.path("error").path("code").asText()).isEqualTo(code);
    assertThat(data.path("error").path("message").asText()).isEqualTo(message);
    assertThat(data.path("error").path("type").asText()).isEqualTo(type);
    assertThat(data.path("error").path("param").asText()).isEqualTo(param);
    assertThat(data.path("param").asText()).isEqualTo(param);
  }

  /** Some SDKs read a chunk with choices as an ordinary end, whatever its error says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}],"
            + "\"error\":{\"code\":502,\"message\":\"busy\"}}|busy|server_error|502",
        "{\"choices\":[{\"finish_reason\":\"error\",\"error\":{\"code\":\"slow\",\"message\":\"no\","
            + "\"type\":\"too_many\"}}]}|no|too_many|slow",
        "{\"choices\":[{\"finish_reason\":\"error\"}]}"
            + "|The provider reported an error, so the answer is incomplete.|server_error"
            + "|upstream_error",
        "{\"choices\":[{\"index\":0},{\"index\":1,\"error\":{\"code\":429,\"message\":\"no\"}}]}"
            + "|no|server_error|429",
        "{\"choices\":[],\"error\":\"busy\"}|busy|server_error|upstream_error"
      })
  void a_chunk_with_an_error_and_choices_is_followed_by_an_error_alone(
      String chunk, String message, String type, String code) {
    stream.accept(FIRST);

    var failed = (Failed) stream.accept("data: " + chunk + "\n\n");

    assertThat(failed.event()).asString(UTF_8).isEqualTo("event: error\ndata: " + chunk + "\n\n");
    String after = new String(failed.after(), UTF_8);
    assertThat(after).startsWith("event: error\ndata: {\"error\":{").endsWith("}\n\n");
    JsonNode error = json(after.substring(after.indexOf('{')).getBytes(UTF_8)).path("error");
    assertThat(error.path("message").asText()).isEqualTo(message);
    assertThat(error.path("type").asText()).isEqualTo(type);
    assertThat(error.path("code").asText()).isEqualTo(code);
  }

  @Test
  void nothing_follows_an_error_for_which_every_sdk_throws() {
    String error = "{\"error\":{\"code\":502,\"message\":\"busy\"}}";
    for (var each : List.of(StreamProtocol.responses(), StreamProtocol.chat(false, 1))) {
      stream = new TestStream(each);
      assertThat(((Failed) stream.accept("data: " + error + "\n\n")).after()).isEmpty();
    }
    stream = new TestStream(StreamProtocol.responses());
    String typed = error.replaceFirst("\\{", "{\"type\":\"error\",");
    assertThat(((Failed) stream.accept("data: " + typed + "\n\n")).after()).isEmpty();
  }

  @Test
  void a_failure_as_the_first_event_of_a_response_keeps_its_canonical_type() {
    stream = new TestStream(StreamProtocol.responses());

    var failed =
        (Failed)
            stream.accept(
                "data: {\"type\":\"response.failed\",\"response\":{\"id\":\"resp_1\","
                    + "\"error_type\":\"provider_overloaded\",\"error\":{\"code\":\"server_error\","
                    + "\"message\":\"busy\"}}}\n\n");

    assertThat(failed.first()).isTrue();
    assertThat(json(failed.body()).path("error").path("error_type").asText())
        .isEqualTo("provider_overloaded");
  }

  /** One of the three events of OpenRouter for a failed response; no further error follows it. */
  @Test
  void an_error_event_of_a_response_is_an_error() {
    String event =
        "event: response.error\ndata: {\"type\":\"response.error\",\"error\":{\"code\":"
            + "\"rate_limit_exceeded\",\"message\":\"busy\"}}\n\n";
    stream = new TestStream(StreamProtocol.responses());

    var first = (Failed) stream.accept(event);

    assertThat(first.first()).isTrue();
    assertThat(json(first.body()).path("error").path("code").asText())
        .isEqualTo("rate_limit_exceeded");

    stream = new TestStream(StreamProtocol.responses());
    stream.accept("data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n");
    var later = (Failed) stream.accept(event);
    assertThat(later.first()).isFalse();
    assertThat(later.event()).asString(UTF_8).isEqualTo(event);
    assertThat(later.after()).isEmpty();

    stream = new TestStream(StreamProtocol.responses());
    String flat = "data: {\"type\":\"response.error\",\"code\":\"x\",\"message\":\"busy\"}\n\n";
    assertThat(stream.accept(flat)).isInstanceOf(Failed.class);
  }

  @Test
  void an_error_in_a_response_gets_an_event_name_if_its_data_has_no_type() {
    stream = new TestStream(StreamProtocol.responses());
    String untyped = "data: {\"error\":{\"type\":\"server_error\",\"message\":\"busy\"}}\n\n";

    assertThat(((Failed) stream.accept(untyped)).event())
        .asString(UTF_8)
        .isEqualTo("event: error\n" + untyped);

    stream = new TestStream(StreamProtocol.responses());
    String typed = "data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"busy\"}\n\n";
    assertThat(((Failed) stream.accept(typed)).event()).asString(UTF_8).isEqualTo(typed);
  }

  /** The streams in OpenRouter's documentation end with this event. */
  @Test
  void the_event_done_ends_a_response_unless_the_response_failed() {
    String done =
        "data: {\"type\":\"response.done\",\"response\":{\"id\":\"r\",\"status\":\"%s\"%s}}\n\n";
    stream = new TestStream(StreamProtocol.responses());
    stream.accept("data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n");
    stream.accept(done.formatted("completed", ",\"usage\":{\"output_tokens\":45}"));
    stream.accept("data: [DONE]\n\n");

    assertThat(((Ended) stream.filter.end()).complete()).isTrue();
    assertThat(stream.protocol.usage().completionTokens()).isEqualTo(45);

    stream = new TestStream(StreamProtocol.responses());
    String failed = done.formatted("failed", ",\"error\":{\"code\":\"x\",\"message\":\"busy\"}");
    assertThat(stream.accept(failed)).isInstanceOf(Failed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"response.completed", "response.incomplete", "response.cancelled"})
  void each_terminal_event_ends_a_response(String type) {
    stream = new TestStream(StreamProtocol.responses());
    stream.accept(
        "data: {\"type\":\""
            + type
            + "\",\"response\":{\"id\":\"resp_1\",\"usage\":"
            + "{\"input_tokens\":3,\"output_tokens\":4}}}\n\n");

    assertThat(((Ended) stream.filter.end()).complete()).isTrue();
    assertThat(stream.protocol.usage().completionTokens()).isEqualTo(4);
  }
}
