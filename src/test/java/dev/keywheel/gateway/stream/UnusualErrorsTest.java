package dev.keywheel.gateway.stream;

import static dev.keywheel.gateway.stream.TestStream.FIRST;
import static dev.keywheel.gateway.stream.TestStream.json;
import static dev.keywheel.gateway.stream.TestStream.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.stream.StreamFilter.Failed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors in a stream that only the name of the event or the status of a response shows. */
class UnusualErrorsTest {
  private TestStream stream = new TestStream(StreamProtocol.chat(false, 1));

  @ParameterizedTest
  @ValueSource(strings = {"event: error\ndata: {", "data: {\"object\":\"error\","})
  void an_error_without_a_field_error_is_followed_by_one_with_it(String start) {
    String event = start + "\"message\":\"no\",\"code\":502}\n\n";
    stream.accept(FIRST);

    var failed = (Failed) stream.accept(event);

    assertThat(new String(failed.event(), UTF_8)).endsWith(event);
    assertThat(new String(failed.after(), UTF_8))
        .startsWith("event: error\ndata: {\"error\":{")
        .contains("\"message\":\"no\"", "\"code\":502");
  }

  @Test
  void a_text_about_errors_in_an_event_with_another_name_is_content() {
    String event = "event: message\n" + FIRST.replace("\"x\"", "\"event: error\"");

    assertThat(text(stream.accept(event))).isEqualTo(event);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_event_named_error_is_an_error_in_the_other_apis(boolean messages) {
    stream = new TestStream(messages ? StreamProtocol.messages() : StreamProtocol.responses());

    var failed =
        (Failed) stream.accept("event: error\ndata: {\"message\":\"no\",\"code\":503}\n\n");

    assertThat(failed.first()).isTrue();
    assertThat(json(failed.body()).path("error").path("code").asInt()).isEqualTo(503);
  }

  @Test
  void a_completed_response_whose_status_is_failed_is_an_error() {
    stream = new TestStream(StreamProtocol.responses());
    String last =
        "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"failed\","
            + "\"error\":{\"code\":\"server_error\",\"message\":\"no\"}}}\n\n";

    assertThat(stream.accept(last)).isInstanceOf(Failed.class);
  }
}
