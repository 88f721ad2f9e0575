package dev.keywheel.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GunzipTest {
  private static final int LIMIT = 40_000;

  @ParameterizedTest
  @CsvSource({"39999, 39999, WHOLE", "40000, 40000, WHOLE", "40001, 40000, TOO_BIG"})
  void only_an_answer_above_the_limit_is_too_large(int size, int read, End end) throws IOException {
    Reply reply = Gunzip.unpacked(reply(packed(size)), LIMIT);
    assertThat(reply.end()).isEqualTo(end);
    assertThat(reply.body()).hasSize(read).containsOnly('x');
  }

  @ParameterizedTest
  @CsvSource({"1", "8", "9"})
  void an_answer_of_the_maximum_size_without_its_end_is_cut(int missing) throws IOException {
    byte[] whole = packed(LIMIT);
    Reply reply = Gunzip.unpacked(reply(Arrays.copyOf(whole, whole.length - missing)), LIMIT);
    assertThat(reply.end()).isEqualTo(End.CUT);
  }

  @Test
  void an_answer_of_many_members_is_not_copied_for_each_of_them() throws IOException {
    byte[] empty = packed(0);
    byte[] body = new byte[5_000 * empty.length];
    for (int at = 0; at < body.length; at += empty.length) {
      System.arraycopy(empty, 0, body, at, empty.length);
    }
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Reply reply = Gunzip.unpacked(reply(body), LIMIT);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(20L * body.length);
    assertThat(reply.end()).isEqualTo(End.WHOLE);
    assertThat(reply.body()).isEmpty();
  }

  private static Reply reply(byte[] body) {
    return new Reply(200, Map.of("content-encoding", "gzip"), body, End.WHOLE);
  }

  private static byte[] packed(int size) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write("x".repeat(size).getBytes(StandardCharsets.US_ASCII));
    }
    return packed.toByteArray();
  }
}
