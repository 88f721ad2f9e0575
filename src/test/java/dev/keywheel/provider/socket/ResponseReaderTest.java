package dev.keywheel.provider.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.time.Deadline;
import dev.keywheel.time.Stopwatch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResponseReaderTest {
  private static final Deadline DEADLINE = new Deadline(Duration.ofMinutes(1));

  private static final List<String> ANSWERS =
      List.of(
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}",
          "HTTP/1.1 429 Slow\nRetry-After: 5\nConnection: close\n\nbody to the end",
          "HTTP/1.1 204 No Content\r\n\r\n");

  @Test
  void damaged_answers_end_as_an_answer_or_an_io_error() {
    var random = new Random(7);
    int whole = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] damaged = damage(ANSWERS.get(random.nextInt(ANSWERS.size())), random);
      try {
        assertThat(read(damaged)).isLessThanOrEqualTo(damaged.length);
        whole++;
      } catch (IOException broken) {
        // A damaged answer may also end with an exception.
      }
    }
    assertThat(whole).isBetween(5_000, 45_000);
  }

  /** Some servers still fold long lines, which RFC 9112 tells clients to join. */
  @Test
  void a_folded_line_belongs_to_the_header_before_it() throws IOException {
    for (String end : List.of("\r\n", "\n")) {
      var lines =
          List.of(
              "HTTP/1.1 200 OK", " X: y", "X-A: b", "  Retry-After: 77", "\tc", "X-B: d", "", "");
      byte[] head = String.join(end, lines).getBytes(StandardCharsets.ISO_8859_1);
      var in = new ByteArrayInputStream(head);
      var reader =
          new ResponseReader((buffer, from, length, _) -> in.read(buffer, from, length), 1 << 10);

      assertThat(reader.head(DEADLINE).headers())
          .isEqualTo(Map.of("x-a", "b Retry-After: 77 c", "x-b", "d"));
    }
  }

  @Test
  void a_long_head_that_arrives_byte_by_byte_takes_little_time() throws IOException {
    var head = "HTTP/1.1 200 OK\r\nX: " + "y".repeat(250_000) + "\r\n\r\n";
    var in = new ByteArrayInputStream(head.getBytes(StandardCharsets.ISO_8859_1));
    var reader = new ResponseReader((buffer, from, _, _) -> in.read(buffer, from, 1), 1 << 10);
    var took = new Stopwatch();
    assertThat(reader.head(DEADLINE).status()).isEqualTo(200);
    assertThat(took.elapsed()).isLessThan(Duration.ofSeconds(3));
  }

  /** Length of the body. */
  private static int read(byte[] answer) throws IOException {
    var in = new ByteArrayInputStream(answer);
    var reader =
        new ResponseReader((buffer, from, length, _) -> in.read(buffer, from, length), 1 << 10);
    reader.head(DEADLINE);
    int length = 0;
    for (List<ByteBuffer> parts = reader.body(DEADLINE);
        !parts.isEmpty();
        parts = reader.body(DEADLINE)) {
      length += parts.stream().mapToInt(ByteBuffer::remaining).sum();
    }
    return length;
  }

  /** Changes, removes, inserts or repeats a few bytes, or truncates the answer. */
  private static byte[] damage(String answer, Random random) {
    var text = new StringBuilder(answer);
    for (int i = random.nextInt(4); i >= 0 && !text.isEmpty(); i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(5)) {
        case 0 -> text.setCharAt(at, (char) random.nextInt(256));
        case 1 -> text.deleteCharAt(at);
        case 2 -> text.insert(at, random.nextInt(Integer.MAX_VALUE));
        case 3 -> text.insert(at, text.substring(at));
        default -> text.setLength(at);
      }
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
