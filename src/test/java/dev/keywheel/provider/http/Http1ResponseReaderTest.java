package dev.keywheel.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Http1ResponseReaderTest {
  private static final int LIMIT = 4_096;

  private static final List<String> ANSWERS =
      List.of(
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}",
          "HTTP/1.1 429 Slow\nRetry-After: 5\nConnection: close\n\nbody to the end",
          "HTTP/1.1 204 No Content\r\n\r\n");

  @Test
  void damaged_answers_end_as_a_reply_or_an_io_error_within_the_limit() {
    var random = new Random(7);
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes =
          ANSWERS.get(random.nextInt(ANSWERS.size())).getBytes(StandardCharsets.ISO_8859_1);
      byte[] damaged = damage(bytes, random);
      var reader = new Http1ResponseReader(LIMIT);
      try {
        End end = reader.readFrom(new ByteArrayInputStream(damaged));
        assertThat(end).isIn(End.WHOLE, End.TOO_BIG);
      } catch (IOException broken) {
        // The part that was read is still checked.
      }
      reader
          .soFar(End.CUT)
          .ifPresent(reply -> assertThat(((Reply) reply).body()).hasSizeLessThanOrEqualTo(LIMIT));
    }
  }

  @Test
  void an_answer_without_end_is_read_up_to_the_limit() throws IOException {
    var reader = new Http1ResponseReader(LIMIT);
    var endless =
        ("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(10 * LIMIT)).getBytes(StandardCharsets.US_ASCII);
    assertThat(reader.readFrom(new ByteArrayInputStream(endless))).isEqualTo(End.TOO_BIG);
  }

  /** Changes, removes, inserts or repeats a few bytes, or cuts the answer off. */
  private static byte[] damage(byte[] bytes, Random random) {
    var text = new StringBuilder(new String(bytes, StandardCharsets.ISO_8859_1));
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
