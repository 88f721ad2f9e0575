package dev.keywheel.provider.socket;

import dev.keywheel.time.Deadline;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads one HTTP/1.1 answer from a connection, piece by piece. No data is lost when a read times
 * out; the next call continues.
 */
final class ResponseReader {
  private static final int GROWTH = 4;
  private static final int MAX_BUFFER_BYTES = 16 << 10;
  private static final int MAX_HEAD_BYTES = 256 << 10;
  private static final int MAX_SIZE_LINE_BYTES = 1 << 10;

  /** Maximum number of hexadecimal digits of a chunk size; larger chunks do not occur. */
  private static final int CHUNK_DIGITS = 15;

  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{1," + CHUNK_DIGITS + "}");

  private final Input connection;
  private byte[] buffer;
  private int from;
  private int to;

  /** Number of bytes of the head that have been searched for its end. */
  private int searched;

  /**
   * Whether the searched bytes end in an empty line; an empty line before the status line does not
   * end the head.
   */
  private boolean emptyLine;

  private Phase phase = Phase.HEAD;
  private long remaining;
  private boolean keepsOpen;

  private enum Phase {
    HEAD,
    /** A body of known length. */
    LENGTH,
    CHUNK_SIZE,
    CHUNK,
    /** The line break after a chunk. */
    CHUNK_END,
    TRAILER,
    /** A body that ends when the connection ends. */
    TO_END,
    DONE
  }

  /**
   * @param firstSize initial size of the buffer in bytes; it grows for larger answers
   */
  ResponseReader(Input connection, int firstSize) {
    this.connection = connection;
    this.buffer = new byte[firstSize];
  }

  /** The source of the bytes: {@link ProviderConnection#read}. */
  @FunctionalInterface
  interface Input {
    int read(byte[] buffer, int from, int length, Deadline deadline) throws IOException;
  }

  /** Reads the status and headers of the final answer; provisional answers (1xx) are skipped. */
  ResponseHead head(Deadline deadline) throws IOException {
    while (true) {
      int end = headEnd();
      if (end < 0) {
        fill(deadline, MAX_HEAD_BYTES);
        continue;
      }
      var text = new String(buffer, from, end - from, StandardCharsets.ISO_8859_1);
      from = end;
      if (text.isBlank()) {
        continue; // some servers send an extra line after the previous answer
      }
      ResponseHead head = ResponseHead.of(text.stripLeading());
      if (head.status() >= 200) {
        begin(head);
        return head;
      }
      if (head.status() == 101) {
        throw new IOException("the protocol was switched without a request");
      }
    }
  }

  /** Index after the blank line that ends the headers; -1 until it has been received. */
  private int headEnd() {
    while (from + searched < to) {
      byte next = buffer[from + searched++];
      if (next == '\n') {
        if (emptyLine) {
          int end = from + searched;
          searched = 0;
          emptyLine = false;
          return end;
        }
        emptyLine = true;
      } else if (next != '\r') {
        emptyLine = false;
      }
    }
    return -1;
  }

  private void begin(ResponseHead head) throws IOException {
    keepsOpen = head.keepsOpen();
    if (!head.hasBody()) {
      phase = Phase.DONE;
    } else if (head.isChunked()) {
      phase = Phase.CHUNK_SIZE;
    } else {
      remaining = head.length();
      phase = remaining < 0 ? Phase.TO_END : remaining == 0 ? Phase.DONE : Phase.LENGTH;
    }
  }

  /**
   * The next bytes of the body, valid until the next call; empty at its end.
   *
   * @throws IOException when the connection ends before the body, or the framing is invalid
   */
  List<ByteBuffer> body(Deadline deadline) throws IOException {
    while (true) {
      List<ByteBuffer> parts = takeParts();
      if (!parts.isEmpty() || phase == Phase.DONE) {
        return parts;
      }
      boolean mayEnd = phase == Phase.TO_END || (phase == Phase.TRAILER && from == to);
      if (mayEnd) { // some servers leave out the blank line after the last chunk
        if (!readMore(deadline, MAX_BUFFER_BYTES)) {
          phase = Phase.DONE;
          keepsOpen = false;
        }
      } else {
        fill(deadline, MAX_BUFFER_BYTES);
      }
    }
  }

  /** Whether the answer is over and another request can be sent. */
  boolean leavesOpen() {
    return phase == Phase.DONE && keepsOpen && from == to;
  }

  private List<ByteBuffer> takeParts() throws IOException {
    var parts = new ArrayList<ByteBuffer>(2);
    boolean enough = false;
    while (!enough && phase != Phase.DONE) {
      switch (phase) {
        case LENGTH, CHUNK, TO_END -> {
          int piece = phase == Phase.TO_END ? to - from : (int) Math.min(remaining, to - from);
          if (piece > 0) {
            parts.add(ByteBuffer.wrap(buffer, from, piece));
          }
          from += piece;
          remaining -= piece;
          enough = phase == Phase.TO_END || remaining > 0;
          if (!enough) {
            phase = phase == Phase.LENGTH ? Phase.DONE : Phase.CHUNK_END;
          }
        }
        case HEAD, DONE -> throw new IllegalStateException("no body");
        case CHUNK_SIZE, CHUNK_END, TRAILER -> enough = !readLine(parts.isEmpty());
      }
    }
    return parts;
  }

  /**
   * Reads a line between the chunks of a body; false when it has not arrived completely.
   *
   * @param mayFail whether no body bytes were read before the line; otherwise an invalid line is
   *     left for the next call, so that those bytes are returned first
   */
  private boolean readLine(boolean mayFail) throws IOException {
    try {
      return readLine();
    } catch (IOException wrong) {
      if (mayFail) {
        throw wrong;
      }
      return false;
    }
  }

  private boolean readLine() throws IOException {
    int end = from;
    while (end < to && buffer[end] != '\n') {
      end++;
    }
    if (end == to) {
      if (phase != Phase.TRAILER && to - from > MAX_SIZE_LINE_BYTES) {
        throw new IOException("the line of a chunk size is too long");
      }
      return false;
    }
    String line = new String(buffer, from, end - from, StandardCharsets.ISO_8859_1).strip();
    phase =
        switch (phase) {
          case CHUNK_SIZE -> beginChunk(line);
          case CHUNK_END -> chunkEnd(line);
          default -> line.isEmpty() ? Phase.DONE : Phase.TRAILER;
        };
    from = end + 1;
    return true;
  }

  private Phase beginChunk(String line) throws IOException {
    int semicolon = line.indexOf(';');
    String digits = semicolon < 0 ? line : line.substring(0, semicolon).strip();
    if (!HEX.matcher(digits).matches()) {
      throw new IOException("an invalid or missing chunk size");
    }
    remaining = Long.parseLong(digits, 16);
    return remaining == 0 ? Phase.TRAILER : Phase.CHUNK;
  }

  private static Phase chunkEnd(String line) throws IOException {
    if (!line.isEmpty()) {
      throw new IOException("a chunk is longer than declared");
    }
    return Phase.CHUNK_SIZE;
  }

  private void fill(Deadline deadline, int largest) throws IOException {
    if (!readMore(deadline, largest)) {
      throw new EOFException("the answer was cut off");
    }
  }

  /** Reads more bytes after the unused ones; false at the end of the connection. */
  private boolean readMore(Deadline deadline, int largest) throws IOException {
    if (from == to) {
      boolean wasFull = to == buffer.length;
      from = 0;
      to = 0;
      if (wasFull && buffer.length < largest) {
        buffer = new byte[GROWTH * buffer.length];
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
      buffer = Arrays.copyOf(buffer, GROWTH * buffer.length);
    } else {
      throw new IOException("the headers of the answer are too large");
    }
  }
}
