package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a stream up to and including a blank line, as they were sent.
 *
 * @param bytes all bytes, including the blank line
 * @param data the joined values of the {@code data} lines; empty without such lines
 */
record EventBlock(Kind kind, byte[] bytes, byte[] data) {

  enum Kind {
    /** An event that a client sees. */
    DATA,
    /** The block contains only comments and blank lines. */
    COMMENT,
    /** Fields without data or with empty data, so that clients ignore the block. */
    OTHER
  }

  private static final byte[] DATA_FIELD = "data".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ERROR = "error".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PING = "ping".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] KEEP_ALIVE = "keepalive".getBytes(StandardCharsets.US_ASCII);
  private static final Set<String> KEEP_ALIVE_NAMES = Set.of("ping", "keepalive");

  /** Maximum bytes of an event that may only keep the connection open. */
  private static final int MAX_KEEP_ALIVE_BYTES = 256;

  private static final byte[] NONE = {};

  static EventBlock of(byte[] bytes) {
    int first = -1;
    int firstEnd = -1;
    @Nullable ByteArrayOutputStream several = null;
    boolean onlyComments = true;
    int from = 0;
    while (from < bytes.length) {
      int to = from;
      while (to < bytes.length && bytes[to] != '\n' && bytes[to] != '\r') {
        to++;
      }
      onlyComments &= to == from || bytes[from] == ':';
      if (isData(bytes, from, to)) {
        int value = Math.min(to, from + DATA_FIELD.length + 1);
        value += value < to && bytes[value] == ' ' ? 1 : 0;
        if (first < 0) {
          first = value;
          firstEnd = to;
        } else {
          several = several == null ? copied(bytes, first, firstEnd) : several;
          several.write('\n');
          several.write(bytes, value, to - value);
        }
      }
      from = to + 1;
    }
    if (first >= 0) {
      byte[] data =
          several == null ? Arrays.copyOfRange(bytes, first, firstEnd) : several.toByteArray();
      return new EventBlock(data.length == 0 ? Kind.OTHER : Kind.DATA, bytes, data);
    }
    return new EventBlock(onlyComments ? Kind.COMMENT : Kind.OTHER, bytes, NONE);
  }

  private static ByteArrayOutputStream copied(byte[] bytes, int from, int to) {
    var copy = new ByteArrayOutputStream();
    copy.write(bytes, from, to - from);
    return copy;
  }

  private static boolean isData(byte[] bytes, int from, int to) {
    int end = from + DATA_FIELD.length;
    return end <= to
        && Arrays.equals(bytes, from, end, DATA_FIELD, 0, DATA_FIELD.length)
        && (end == to || bytes[end] == ':');
  }

  /** The name of the event; empty when it has none. The last of several names counts. */
  String name() {
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .lines()
        .filter(line -> line.startsWith("event:"))
        .reduce("", (_, last) -> last.substring("event:".length()).strip());
  }

  /** Whether the event has the name {@code error}. */
  boolean isNamedError() {
    return JsonScan.contains(bytes, ERROR) && name().equals("error");
  }

  /** Whether the name or the type of the event is {@code ping} (Anthropic) or {@code keepalive}. */
  boolean isKeepAlive() {
    return bytes.length <= MAX_KEEP_ALIVE_BYTES
        && (JsonScan.contains(bytes, PING) || JsonScan.contains(bytes, KEEP_ALIVE))
        && (KEEP_ALIVE_NAMES.contains(name())
            || json().filter(EventBlock::hasKeepAliveType).isPresent());
  }

  private static boolean hasKeepAliveType(JsonNode event) {
    return KEEP_ALIVE_NAMES.contains(LenientJson.text(event, "type"));
  }

  /** The bytes without the blank line and the end of the line before it. */
  byte[] withoutLastLineEnds() {
    int length = bytes.length;
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
      length--;
    }
    return Arrays.copyOf(bytes, length);
  }

  /**
   * Whether the data is complete: {@code [DONE]} or well-formed JSON. Data that is too deep or too
   * large for {@link #json} counts too, except an error.
   */
  boolean readable() {
    return done()
        || json().isPresent()
        || AnswerPeek.read(data).filter(answer -> !answer.failed()).isPresent();
  }

  /** The data as JSON, with replacement characters for bytes that are not UTF-8. */
  Optional<JsonNode> json() {
    return LenientJson.parseReplacing(data);
  }

  /** Whether the event is {@code [DONE]}, which ends OpenAI's streams. */
  boolean done() {
    return new String(data, 0, Math.min(data.length, 16), StandardCharsets.ISO_8859_1)
        .strip()
        .equals("[DONE]");
  }
}
