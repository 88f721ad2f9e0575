package dev.keywheel.provider.socket;

import dev.keywheel.time.Deadline;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Reads one HTTP/1.1 answer from a connection, piece by piece. A read that gives up for the time
 * being loses nothing.
 */
final class ResponseReader {
  private static final int FIRST_SIZE = 4 << 10;
  private static final int LARGEST_SIZE = 16 << 10;
  private static final int LARGEST_HEAD = 256 << 10;
  private static final int LONGEST_SIZE_LINE = 1 << 10;

  /** Chunks of more than that are not in use. */
  private static final int CHUNK_DIGITS = 15;

  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.(\\d) (\\d{3})(?: .*)?", Pattern.DOTALL);
  private static final Pattern KEEP_ALIVE = Pattern.compile("(?i)\\btimeout\\s*=\\s*(\\d{1,9})");
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{1," + CHUNK_DIGITS + "}");

  private final Input connection;
  private byte[] buffer = new byte[FIRST_SIZE];
  private int from;
  private int to;
  private Phase phase = Phase.HEAD;
  private long rest;
  private boolean keepsOpen;
  private Duration keptFor = Duration.ZERO;

  private enum Phase {
    HEAD,
    /** A body of known length. */
    LENGTH,
    CHUNK_SIZE,
    CHUNK,
    /** The end of the line after a chunk. */
    CHUNK_END,
    TRAILER,
    /** A body that ends with the connection. */
    TO_END,
    DONE
  }

  ResponseReader(Input connection) {
    this.connection = connection;
  }

  /** Where the bytes come from: {@link ProviderConnection#read}. */
  @FunctionalInterface
  interface Input {
    int read(byte[] buffer, int from, int length, Deadline deadline) throws IOException;
  }

  /**
   * @param headers names in lower case
   */
  record Head(int status, Map<String, String> headers) {}

  /** Status and headers, after those of provisional answers. */
  Head head(Deadline deadline) throws IOException {
    while (true) {
      int end = headEnd();
      if (end < 0) {
        fill(deadline, LARGEST_HEAD);
        continue;
      }
      var text = new String(buffer, from, end - from, StandardCharsets.ISO_8859_1);
      from = end;
      if (text.isBlank()) {
        continue; // some servers end the answer before with one line too many
      }
      Head head = parsed(text.stripLeading());
      if (head.status() >= 200) {
        return head;
      }
      if (head.status() == 101) {
        throw new IOException("another protocol was not asked for");
      }
    }
  }

  /** Index after the blank line; -1 before it has come. */
  private int headEnd() {
    boolean empty = false; // a line before the status does not end the head
    for (int at = from; at < to; at++) {
      if (buffer[at] == '\n') {
        if (empty) {
          return at + 1;
        }
        empty = true;
      } else if (buffer[at] != '\r') {
        empty = false;
      }
    }
    return -1;
  }

  private Head parsed(String text) throws IOException {
    List<String> lines = text.lines().toList();
    var status = STATUS_LINE.matcher(lines.isEmpty() ? "" : lines.getFirst());
    if (!status.matches()) {
      throw new IOException("not an HTTP answer");
    }
    var headers = new TreeMap<String, String>();
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.merge(
            line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
            line.substring(colon + 1).strip(),
            (one, other) -> one + ", " + other);
      }
    }
    int code = Integer.parseInt(status.group(2));
    begin(code, !status.group(1).equals("0"), headers);
    return new Head(code, headers);
  }

  private void begin(int status, boolean keepsAlive, Map<String, String> headers)
      throws IOException {
    String encoding = headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
    String length = headers.getOrDefault("content-length", "");
    keepsOpen =
        keepsAlive
            && (encoding.isEmpty() || length.isEmpty())
            && !headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT).contains("close");
    keptFor = keptFor(headers.getOrDefault("keep-alive", ""));
    if (encoding.equals("identity")) {
      encoding = "";
    }
    if (status < 200) {
      phase = Phase.HEAD;
    } else if (status == 204 || status == 304) {
      phase = Phase.DONE;
    } else if (encoding.endsWith("chunked")) {
      phase = Phase.CHUNK_SIZE;
    } else if (!encoding.isEmpty() || length.isEmpty()) {
      phase = Phase.TO_END;
    } else {
      rest = length(length);
      phase = rest == 0 ? Phase.DONE : Phase.LENGTH;
    }
  }

  /** A second less than the server says, which counts from when it sent the answer. */
  private static Duration keptFor(String header) {
    var timeout = KEEP_ALIVE.matcher(header);
    return timeout.find()
        ? Duration.ofSeconds(Long.parseLong(timeout.group(1))).minusSeconds(1)
        : IdleConnections.KEPT;
  }

  /** The length, which may be repeated. */
  private static long length(String header) throws IOException {
    if (LENGTH.matcher(header).matches()) {
      return Long.parseLong(header);
    }
    String[] all = header.split(", ?");
    if (all.length == 0
        || !LENGTH.matcher(all[0]).matches()
        || !Arrays.stream(all).allMatch(all[0]::equals)) {
      throw new IOException("a length that is none");
    }
    return Long.parseLong(all[0]);
  }

  /**
   * The next bytes of the body, valid until the next call; empty at its end.
   *
   * @throws IOException when the connection ends before the body does, or its form is wrong
   */
  List<ByteBuffer> body(Deadline deadline) throws IOException {
    while (true) {
      List<ByteBuffer> parts = parts();
      if (!parts.isEmpty() || phase == Phase.DONE) {
        return parts;
      }
      boolean mayEnd = phase == Phase.TO_END || (phase == Phase.TRAILER && from == to);
      if (mayEnd) { // some servers leave out the blank line after the last chunk
        if (!more(deadline, LARGEST_SIZE)) {
          phase = Phase.DONE;
          keepsOpen = false;
        }
      } else {
        fill(deadline, LARGEST_SIZE);
      }
    }
  }

  /** Whether the answer is over and another request can be sent. */
  boolean leavesOpen() {
    return phase == Phase.DONE && keepsOpen && from == to;
  }

  /**
   * How long the server keeps the connection open after the answer; not positive for not at all.
   */
  Duration keptFor() {
    return keptFor;
  }

  private List<ByteBuffer> parts() throws IOException {
    var parts = new ArrayList<ByteBuffer>(2);
    boolean enough = false;
    while (!enough && phase != Phase.DONE) {
      switch (phase) {
        case LENGTH, CHUNK, TO_END -> {
          int piece = phase == Phase.TO_END ? to - from : (int) Math.min(rest, to - from);
          if (piece > 0) {
            parts.add(ByteBuffer.wrap(buffer, from, piece));
          }
          from += piece;
          rest -= piece;
          enough = phase == Phase.TO_END || rest > 0;
          if (!enough) {
            phase = phase == Phase.LENGTH ? Phase.DONE : Phase.CHUNK_END;
          }
        }
        case HEAD, DONE -> throw new IllegalStateException("no body");
        case CHUNK_SIZE, CHUNK_END, TRAILER -> enough = !line();
      }
    }
    return parts;
  }

  /** Takes a line between the parts of a body; false when it has not come yet. */
  private boolean line() throws IOException {
    int end = from;
    while (end < to && buffer[end] != '\n') {
      end++;
    }
    if (end == to) {
      if (to - from > LONGEST_SIZE_LINE) {
        throw new IOException("a line is too long");
      }
      return false;
    }
    String line = new String(buffer, from, end - from, StandardCharsets.ISO_8859_1).strip();
    from = end + 1;
    phase =
        switch (phase) {
          case CHUNK_SIZE -> chunk(line);
          case CHUNK_END -> chunkEnd(line);
          default -> line.isEmpty() ? Phase.DONE : Phase.TRAILER;
        };
    return true;
  }

  private Phase chunk(String line) throws IOException {
    int semicolon = line.indexOf(';');
    String digits = semicolon < 0 ? line : line.substring(0, semicolon).strip();
    if (!HEX.matcher(digits).matches()) {
      throw new IOException("no chunk size where one must be");
    }
    rest = Long.parseLong(digits, 16);
    return rest == 0 ? Phase.TRAILER : Phase.CHUNK;
  }

  private static Phase chunkEnd(String line) throws IOException {
    if (!line.isEmpty()) {
      throw new IOException("a chunk is longer than declared");
    }
    return Phase.CHUNK_SIZE;
  }

  private void fill(Deadline deadline, int largest) throws IOException {
    if (!more(deadline, largest)) {
      throw new EOFException("the answer broke off");
    }
  }

  /** Reads more bytes behind those that wait; false at the end of the connection. */
  private boolean more(Deadline deadline, int largest) throws IOException {
    if (from == to) {
      boolean wasFull = to == buffer.length;
      from = 0;
      to = 0;
      if (wasFull && buffer.length < largest) {
        buffer = new byte[2 * buffer.length];
      }
    } else if (to == buffer.length) {
      makeRoom(largest);
    }
    int read = connection.read(buffer, to, buffer.length - to, deadline);
    to += Math.max(0, read);
    return read >= 0;
  }

  private void makeRoom(int largest) throws IOException {
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    } else if (buffer.length < largest) {
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    } else {
      throw new IOException("too large");
    }
  }
}
