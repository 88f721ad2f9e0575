package dev.keywheel.gateway.peek;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Replaces a range of bytes. The rest of a body stays as the client wrote it, because parsing and
 * writing it again would change numbers, the order of fields and escapes.
 *
 * @param from the index of the first byte that is replaced
 * @param to the index after the last byte that is replaced; {@code from} to insert bytes
 */
public record Splice(int from, int to, byte[] bytes) {

  static Splice of(int from, int to, String text) {
    return new Splice(from, to, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The body with all changes made, in parts that share its memory; the ranges must not overlap.
   */
  public static List<ByteBuffer> apply(byte[] body, List<Splice> splices) {
    var parts = new ArrayList<ByteBuffer>();
    int read = 0;
    for (Splice splice : splices.stream().sorted(Comparator.comparingInt(Splice::from)).toList()) {
      parts.add(ByteBuffer.wrap(body, read, splice.from - read));
      parts.add(ByteBuffer.wrap(splice.bytes));
      read = splice.to;
    }
    parts.add(ByteBuffer.wrap(body, read, body.length - read));
    return parts;
  }
}
