package dev.keywheel.gateway.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.stream.StreamFilter.Ended;
import dev.keywheel.gateway.stream.StreamFilter.Pass;
import dev.keywheel.gateway.stream.StreamFilter.Step;
import dev.keywheel.gateway.stream.StreamFilter.Waiting;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams that end without an error after any of their bytes. */
class StreamCutsTest {

  /**
   * @param events each with its blank line and with content
   * @param completing number of the first event after which the answer is complete
   */
  record Cut(Supplier<StreamProtocol> protocol, List<String> events, int completing) {}

  static Stream<Cut> cuts() {
    return Stream.of(
        new Cut(
            () -> StreamProtocol.chat(false, 1),
            List.of(
                "data: {\"id\":\"g\",\"choices\":[{\"delta\":{\"content\":\"ä\"}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"content\":\"🚀\"}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n",
                "data: [DONE]\n\n"),
            2),
        new Cut(
            StreamProtocol::messages,
            List.of(
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n",
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\"}\n\n",
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
            2),
        new Cut(
            StreamProtocol::responses,
            List.of(
                "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n",
                "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"ä\"}\n\n",
                "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n\n"),
            2));
  }

  @ParameterizedTest
  @MethodSource("cuts")
  void only_complete_events_are_passed_on_and_before_the_first_another_key_may_take_over(Cut cut) {
    byte[] stream = String.join("", cut.events()).getBytes(UTF_8);
    for (int at = 0; at <= stream.length; at++) {
      var filter = new StreamFilter(cut.protocol().get(), false);
      var out = new ByteArrayOutputStream();
      out.writeBytes(bytes(filter.accept(ByteBuffer.wrap(Arrays.copyOf(stream, at)))));
      var ended = (Ended) filter.end();
      out.writeBytes(ended.bytes());

      int whole = whole(cut.events(), at);
      String wholeEvents = String.join("", cut.events().subList(0, whole));
      String passed = out.toString(UTF_8);
      assertThat(passed).as("cut after %s", at).startsWith(wholeEvents);
      String rest = passed.substring(wholeEvents.length());
      boolean completed = !rest.isEmpty();
      if (completed) { // only the blank line is missing
        assertThat(cut.events().get(whole)).startsWith(rest.stripTrailing());
        assertThat(rest.strip()).isEqualTo(cut.events().get(whole).strip());
      }
      assertThat(ended.empty()).as("cut after %s", at).isEqualTo(passed.isEmpty());
      assertThat(ended.complete())
          .as("cut after %s", at)
          .isEqualTo(whole + (completed ? 1 : 0) > cut.completing());
    }
  }

  /** The number of complete events, including their blank lines, in this number of bytes. */
  private static int whole(List<String> events, int bytes) {
    int whole = 0;
    int length = 0;
    for (String event : events) {
      length += event.getBytes(UTF_8).length;
      whole += length <= bytes ? 1 : 0;
    }
    return whole;
  }

  private static byte[] bytes(Step step) {
    return switch (step) {
      case Pass(var bytes, _) -> bytes;
      case Waiting(var bytes) -> bytes;
      default -> throw new AssertionError(step);
    };
  }
}
