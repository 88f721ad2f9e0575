package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Reply;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Reads one HTTP/1.1 response from a connection, up to a size; the part received so far is
 * available at any time.
 */
final class Http1ResponseReader {
  private static final int BUFFER = 2_048;

  private static final Pattern STATUS = Pattern.compile("\\d{3}");
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]+");

  /**
   * Longest chunk size that is read as a number; four gigabytes are refused by the limit anyway.
   */
  private static final int CHUNK_DIGITS = 8;

  private final int limit;
  private final Map<String, String> headers = new TreeMap<>();
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private int status;
  private boolean headersCame;

  private InputStream in = InputStream.nullInputStream();
  private final byte[] buffer = new byte[BUFFER];
  private int next;
  private int end;
  private int taken;

  /**
   * @param limit most bytes of status line, headers and body together
   */
  Http1ResponseReader(int limit) {
    this.limit = limit;
  }

  /** Empty before the headers have come. */
  Optional<Observation> soFar(End how) {
    return headersCame
        ? Optional.of(new Reply(status, headers, body.toByteArray(), how))
        : Optional.empty();
  }

  /**
   * @throws IOException when the connection ends before the answer does, or this is no HTTP
   */
  End readFrom(InputStream connection) throws IOException {
    in = connection;
    try {
      do {
        readHead();
      } while (status >= 100 && status < 200);
      headersCame = true;
      readBody();
      return End.WHOLE;
    } catch (TooBig reached) {
      return End.TOO_BIG;
    }
  }

  private void readHead() throws IOException {
    String[] words = line().split(" ", 3);
    if (words.length < 2
        || !words[0].startsWith("HTTP/1.")
        || !STATUS.matcher(words[1]).matches()) {
      throw new IOException("not an HTTP answer");
    }
    status = Integer.parseInt(words[1]);
    headers.clear();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        headers.merge(name, line.substring(colon + 1).strip(), (a, b) -> a + ", " + b);
      }
    }
  }

  private void readBody() throws IOException {
    String length = headers.getOrDefault("content-length", "");
    if (status == 204 || status == 304) {
      return;
    }
    if (headers
        .getOrDefault("transfer-encoding", "")
        .toLowerCase(Locale.ROOT)
        .contains("chunked")) {
      readChunks();
    } else if (LENGTH.matcher(length).matches()) {
      read(Long.parseLong(length));
    } else {
      readToTheEnd();
    }
  }

  private void readChunks() throws IOException {
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      read(size);
      if (!line().isEmpty()) {
        throw new IOException("a chunk is longer than declared");
      }
    }
  }

  private int chunkSize() throws IOException {
    String digits = line().split(";", 2)[0].strip();
    if (digits.length() > CHUNK_DIGITS || !HEX.matcher(digits).matches()) {
      throw new IOException("no chunk size where one must be");
    }
    return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(digits, 16));
  }

  private void read(long length) throws IOException {
    for (long rest = length; rest > 0; ) {
      fill();
      int piece = (int) Math.min(rest, end - next);
      body.write(buffer, next, piece);
      next += piece;
      rest -= piece;
    }
  }

  private void readToTheEnd() throws IOException {
    try {
      while (true) {
        read(1);
      }
    } catch (EOFException whole) {
      // The end of the connection is the end of the answer.
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (char one = one(); one != '\n'; one = one()) {
      line.append(one);
    }
    return line.toString().stripTrailing();
  }

  /** Heads are Latin text, a byte a letter. */
  private char one() throws IOException {
    fill();
    return (char) (buffer[next++] & 0xff);
  }

  private void fill() throws IOException {
    if (next < end) {
      return;
    }
    if (taken >= limit) {
      throw new TooBig();
    }
    next = 0;
    end = in.read(buffer, 0, Math.min(BUFFER, limit - taken));
    if (end < 0) {
      end = 0;
      throw new EOFException();
    }
    taken += end;
  }

  private static final class TooBig extends IOException {
    private static final long serialVersionUID = 1L;
  }
}
