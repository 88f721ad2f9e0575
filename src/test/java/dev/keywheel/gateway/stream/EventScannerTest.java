package dev.keywheel.gateway.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.gateway.stream.EventBlock.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventScannerTest {
  private static final String STREAM =
      ": hello\n\ndata: {\"a\":1}\n\nevent: x\r\ndata: b\r\ndata: c\r\n\r\nid: 7\n\n"
          + "data:d\r\rdata: ü🦆\n\n\n\ndata\n\n: last";

  @Test
  void a_stream_is_split_at_blank_lines_and_events_are_distinguished_from_comments()
      throws Exception {
    var blocks = scan(STREAM, STREAM.length());

    assertThat(
            blocks.stream().filter(block -> block.kind() == Kind.DATA).map(EventScannerTest::data))
        .containsExactly("{\"a\":1}", "b\nc", "d", "ü🦆");
    assertThat(blocks.stream().map(EventBlock::kind))
        .containsExactly(
            Kind.COMMENT,
            Kind.DATA,
            Kind.DATA,
            Kind.OTHER,
            Kind.DATA,
            Kind.DATA,
            Kind.COMMENT,
            Kind.COMMENT,
            Kind.OTHER,
            Kind.COMMENT);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void a_byte_order_mark_in_front_is_dropped(int size) throws Exception {
    assertThat(joined(scan("\uFEFF" + STREAM + "\n\n\uFEFF:\n\n", size)))
        .isEqualTo(STREAM + "\n\n\uFEFF:\n\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 11})
  void the_same_events_are_found_wherever_the_chunks_end(int size) throws Exception {
    var blocks = scan(STREAM, size);

    assertThat(joined(blocks)).isEqualTo(STREAM);
    assertThat(
            blocks.stream().filter(block -> block.kind() == Kind.DATA).map(EventScannerTest::data))
        .containsExactly("{\"a\":1}", "b\nc", "d", "ü🦆");
  }

  @Test
  void no_byte_of_any_stream_is_lost() throws Exception {
    var random = new Random(7);
    String letters = "\r\n\r\n:d a";
    for (int round = 0; round < 2_000; round++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(40); i > 0; i--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      String stream = text.toString();
      assertThat(joined(scan(stream, 1 + random.nextInt(9)))).isEqualTo(stream);
    }
  }

  @Test
  void an_event_above_the_maximum_size_is_an_error() {
    var scanner = new EventScanner(4_096);

    assertThatThrownBy(() -> scanner.feed(ByteBuffer.wrap(new byte[5_000])))
        .isInstanceOf(EventScanner.TooLarge.class);
  }

  @Test
  void the_size_of_the_scanner_includes_its_buffer_and_its_content() throws Exception {
    var scanner = new EventScanner(1 << 20);

    scanner.feed(ByteBuffer.wrap(new byte[70_000]));

    assertThat(scanner.size()).isEqualTo((128 << 10) + 70_000);
  }

  private static List<EventBlock> scan(String stream, int size) throws Exception {
    var scanner = new EventScanner(1 << 20);
    var blocks = new ArrayList<EventBlock>();
    byte[] bytes = stream.getBytes(UTF_8);
    for (int at = 0; at < bytes.length; at += size) {
      blocks.addAll(
          scanner.feed(ByteBuffer.wrap(bytes, at, Math.min(size, bytes.length - at)).slice()));
    }
    scanner.rest().ifPresent(blocks::add);
    return blocks;
  }

  private static String data(EventBlock block) {
    return new String(block.data(), UTF_8);
  }

  private static String joined(List<EventBlock> blocks) {
    var bytes = new java.io.ByteArrayOutputStream();
    blocks.forEach(block -> bytes.writeBytes(block.bytes()));
    return bytes.toString(UTF_8);
  }
}
