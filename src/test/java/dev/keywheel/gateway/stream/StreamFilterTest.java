package dev.keywheel.gateway.stream;

import static dev.keywheel.gateway.stream.TestStream.DONE;
import static dev.keywheel.gateway.stream.TestStream.FIRST;
import static dev.keywheel.gateway.stream.TestStream.LAST;
import static dev.keywheel.gateway.stream.TestStream.USAGE;
import static dev.keywheel.gateway.stream.TestStream.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.stream.StreamFilter.Ended;
import dev.keywheel.gateway.stream.StreamFilter.Failed;
import dev.keywheel.gateway.stream.StreamFilter.Pass;
import dev.keywheel.gateway.stream.StreamFilter.Step;
import dev.keywheel.gateway.stream.StreamFilter.Waiting;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which parts of a stream pass the filter, and when. */
class StreamFilterTest {
  private static final String DEBUG =
      "data: {\"id\":\"gen-1\",\"model\":\"a/b\",\"choices\":[],\"debug\":{\"echo_upstream_body\":"
          + "{\"messages\":[]}}}\n\n";

  private static final ErrorEvent CUT =
      new ErrorEvent("upstream_truncated", "The answer is incomplete.", "req_1");

  private TestStream stream = new TestStream(StreamProtocol.chat(false, 1));

  @Test
  void everything_is_held_until_the_first_event_with_content() {
    assertThat(text(stream.accept(": OPENROUTER PROCESSING\n\nid: 1\n\n"))).isEmpty();
    assertThat(stream.accept(FIRST.substring(0, 30))).isInstanceOf(Waiting.class);
    assertThat(stream.filter.flowing()).isFalse();

    Step step = stream.accept(FIRST.substring(30) + ": again\n\n");

    assertThat(step).isInstanceOf(Pass.class);
    assertThat(text(step)).isEqualTo("id: 1\n\n" + FIRST + ": again\n\n");
    assertThat(stream.filter.flowing()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "-Infinity", "Infinity"})
  void a_first_event_with_a_number_that_only_python_writes_counts_as_content(String number) {
    String event =
        "data: {\"id\":\"1\",\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":null,"
            + "\"logprobs\":{\"content\":[{\"logprob\":"
            + number
            + "}]}}]}\n\n";

    Step step = stream.accept(event);

    assertThat(step).isInstanceOf(Pass.class);
    assertThat(text(step)).isEqualTo(event);
    assertThat(stream.protocol.id()).isEqualTo("1");
  }

  @Test
  void comments_are_passed_on_once_the_client_has_its_status() {
    stream.filter.commit();

    assertThat(text(stream.accept(": still here\n\n"))).isEqualTo(": still here\n\n");
    assertThat(stream.filter.flowing()).isFalse();
  }

  @Test
  void a_complete_stream_is_passed_on_byte_for_byte_with_its_usage() {
    String whole = FIRST + LAST + USAGE + DONE;

    assertThat(text(stream.accept(whole))).isEqualTo(whole);
    assertThat(stream.filter.end()).satisfies(end -> assertThat(((Ended) end).complete()).isTrue());
    assertThat(stream.protocol.id()).isEqualTo("gen-1");
    assertThat(stream.protocol.usage().promptTokens()).isEqualTo(7);
    assertThat(stream.protocol.usage().cost()).isEqualTo(new BigDecimal("0.5"));
  }

  @Test
  void a_null_error_or_the_word_in_a_text_is_not_an_error() {
    String event =
        "data: {\"id\":\"1\",\"error\":null,\"choices\":[{\"delta\":{\"content\":"
            + "\"\\\"error\\\": {}\"}}]}\n\n";

    assertThat(text(stream.accept(event))).isEqualTo(event);
    String empty = event.replace("null", "\"\"");
    assertThat(text(stream.accept(empty))).isEqualTo(empty);
  }

  @Test
  void the_usage_event_that_the_gateway_requested_is_removed_again() {
    stream = new TestStream(StreamProtocol.chat(true, 1));

    assertThat(text(stream.accept(FIRST + LAST + USAGE + DONE))).isEqualTo(FIRST + LAST + DONE);
    assertThat(stream.protocol.usage().promptTokens()).isEqualTo(7);
  }

  @Test
  void an_error_after_the_debug_events_of_a_chat_can_still_go_to_another_key() {
    assertThat(text(stream.accept(DEBUG + DEBUG))).isEmpty();

    assertThat(
            stream.accept("data: {\"error\":{\"code\":502,\"message\":\"x\"},\"choices\":[]}\n\n"))
        .isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.first()).isTrue());
  }

  /** They show whether the error is the provider's, and which account a limit concerns. */
  @Test
  void the_body_of_an_error_keeps_the_names_of_the_provider_and_of_the_account() {
    String error = "{\"code\":429,\"message\":\"x\"}";
    String names = ",\"provider\":\"OpenAI\",\"user_id\":\"user_1\"}";
    for (String chunk :
        List.of(
            "{\"id\":\"gen-1\",\"error\":" + error + ",\"choices\":[]" + names,
            "{\"id\":\"gen-1\",\"choices\":[{\"error\":" + error + "}]" + names)) {
      var failed =
          (Failed) new TestStream(StreamProtocol.chat(false, 1)).accept("data: " + chunk + "\n\n");

      assertThat(failed.body()).asString(UTF_8).isEqualTo("{\"error\":" + error + names);
      assertThat(failed.event()).asString(UTF_8).contains(chunk);
    }
  }

  @Test
  void debug_events_precede_the_first_content_unchanged() {
    stream.accept(DEBUG + DEBUG);

    assertThat(text(stream.accept(FIRST + DEBUG))).isEqualTo(DEBUG + DEBUG + FIRST + DEBUG);
  }

  @Test
  void an_error_after_a_debug_event_of_a_response_can_still_go_to_another_key() {
    stream = new TestStream(StreamProtocol.responses());
    String debug =
        "data: {\"type\":\"response.debug\",\"debug\":{\"echo_upstream_body\":{\"model\":\"a/b\"}},"
            + "\"sequence_number\":0}\n\n";
    assertThat(text(stream.accept(debug))).isEmpty();

    assertThat(
            stream.accept(
                "data: {\"type\":\"error\",\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}\n\n"))
        .isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.first()).isTrue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "chat|event: ping\\ndata: {}",
        "messages|event: ping\\ndata: {}",
        "messages|data: {\"type\":\"ping\"}",
        "responses|event: ping\\ndata: {\"type\":\"ping\"}",
        "responses|data: {\"type\":\"keepalive\",\"sequence_number\":0}",
        "responses|event: keepalive\\ndata: {\"sequence_number\":0}"
      })
  void after_an_event_that_only_keeps_the_connection_open_another_key_can_still_be_used(
      String api, String event) {
    stream =
        new TestStream(
            switch (api) {
              case "chat" -> StreamProtocol.chat(false, 1);
              case "messages" -> StreamProtocol.messages();
              default -> StreamProtocol.responses();
            });

    assertThat(stream.accept(event.replace("\\n", "\n") + "\n\n"))
        .isInstanceOf(StreamFilter.Waiting.class);

    assertThat(stream.protocol.empty()).isTrue();
    assertThat(stream.accept("event: error\ndata: {\"error\":{\"message\":\"x\"}}\n\n"))
        .isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.first()).isTrue());
  }

  @Test
  void a_ping_counts_as_an_event_of_a_message_from_its_start_to_its_end() {
    stream = new TestStream(StreamProtocol.messages());
    String ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    stream.accept("data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\"}}\n\n");

    assertThat(((Pass) stream.accept(ping)).content()).isTrue();
    assertThat(stream.protocol.empty()).isTrue();

    stream.accept("data: {\"type\":\"message_stop\"}\n\n");

    assertThat(((Pass) stream.accept(ping)).content()).isFalse();
  }

  @Test
  void a_text_about_pings_is_content() {
    String event = FIRST.replace("\"x\"", "\"ping\"");

    assertThat(text(stream.accept(event))).isEqualTo(event);
  }

  @Test
  void a_keepalive_event_of_a_response_counts_in_the_numbers_of_its_events() {
    stream = new TestStream(StreamProtocol.responses());
    stream.accept(
        "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\"}}\n\n"
            + "data: {\"type\":\"keepalive\",\"sequence_number\":1}\n\n");

    assertThat(stream.filter.failure(CUT)).asString(UTF_8).contains("\"sequence_number\":2");
  }

  @Test
  void an_event_that_ends_the_wait_is_passed_on_although_no_more_can_be_held() {
    String filling = "id: " + "1".repeat(70_000) + "\n\n";
    assertThat(text(stream.accept(filling))).isEmpty();

    assertThat(text(stream.accept(DEBUG))).isEqualTo(filling + DEBUG);
  }

  @Test
  void a_debug_event_too_large_to_be_held_is_passed_on() {
    String large = DEBUG.replace("a/b", "m".repeat(70_000));

    assertThat(text(stream.accept(large))).isEqualTo(large);
    assertThat(stream.filter.answering()).as("a debug event is not an answer").isFalse();
    stream.accept(FIRST);
    assertThat(stream.filter.answering()).isTrue();
  }
}
