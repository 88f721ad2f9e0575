package dev.keywheel.gateway.peek;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;

/**
 * Replaces a range of bytes. Everything else of a body stays as the client wrote it, because
 * parsing and writing it again would change numbers, the order of fields and escapes.
 *
 * @param from first byte that is replaced
 * @param to first byte after those replaced; equal to {@code from} inserts
 */
public record Splice(int from, int to, byte[] bytes) {

  static Splice of(int from, int to, String text) {
    return new Splice(from, to, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The body with all changes made; the ranges must not overlap. */
  public static byte[] apply(byte[] body, List<Splice> splices) {
    if (splices.isEmpty()) {
      return body;
    }
    int length = body.length;
    for (Splice splice : splices) {
      length += splice.bytes.length - (splice.to - splice.from);
    }
    var changed = new byte[length];
    int read = 0;
    int written = 0;
    for (Splice splice : splices.stream().sorted(Comparator.comparingInt(Splice::from)).toList()) {
      int kept = splice.from - read;
      System.arraycopy(body, read, changed, written, kept);
      System.arraycopy(splice.bytes, 0, changed, written + kept, splice.bytes.length);
      written += kept + splice.bytes.length;
      read = splice.to;
    }
    System.arraycopy(body, read, changed, written, body.length - read);
    return changed;
  }
}
