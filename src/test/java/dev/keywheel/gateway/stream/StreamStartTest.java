package dev.keywheel.gateway.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamStartTest {
  @ParameterizedTest
  @ValueSource(
      strings = {":", "data: a", "event:", "id:", "retry:", "\n\r\ndata:", "\uFEFFdata:", " \n:"})
  void a_field_or_a_comment_at_the_beginning_of_a_line_begins_a_stream(String body) {
    assertThat(start(body)).isEqualTo(StreamStart.EVENTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", " {", "\n[", "dated", " data:", "\n\tdata:", "<"})
  void any_other_text_does_not_begin_a_stream(String body) {
    assertThat(start(body)).isEqualTo(StreamStart.OTHER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n", "d", "\uFEFF", "eve", "\nretry"})
  void the_possible_beginning_of_a_field_is_undecided(String body) {
    assertThat(start(body)).isEqualTo(StreamStart.UNDECIDED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"data: a", "unknown: a", " data:", "x", "\uFEFF:"})
  void an_answer_labelled_as_a_stream_is_one_whatever_its_fields(String body) {
    assertThat(StreamStart.ofLabelled(body.getBytes(UTF_8))).isEqualTo(StreamStart.EVENTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "\n [", "<", "\uFEFF{"})
  void json_and_html_are_not_a_stream_whatever_their_label(String body) {
    assertThat(StreamStart.ofLabelled(body.getBytes(UTF_8))).isEqualTo(StreamStart.OTHER);
  }

  @Test
  void blank_bytes_under_the_label_of_a_stream_are_undecided_for_a_while() {
    assertThat(StreamStart.ofLabelled(new byte[0])).isEqualTo(StreamStart.UNDECIDED);
    assertThat(StreamStart.ofLabelled("\n\n".getBytes(UTF_8))).isEqualTo(StreamStart.UNDECIDED);
    assertThat(StreamStart.ofLabelled("\n".repeat(2_000).getBytes(UTF_8)))
        .isEqualTo(StreamStart.EVENTS);
  }

  @Test
  void a_part_of_a_byte_order_mark_is_undecided() {
    byte[] body = "\uFEFFdata:".getBytes(UTF_8);

    assertThat(StreamStart.of(Arrays.copyOf(body, 1))).isEqualTo(StreamStart.UNDECIDED);
    assertThat(StreamStart.of(Arrays.copyOf(body, 2))).isEqualTo(StreamStart.UNDECIDED);
    assertThat(StreamStart.of(new byte[] {(byte) 0xEF, 'd', 'a'})).isEqualTo(StreamStart.OTHER);
  }

  private static StreamStart start(String body) {
    return StreamStart.of(body.getBytes(UTF_8));
  }
}
