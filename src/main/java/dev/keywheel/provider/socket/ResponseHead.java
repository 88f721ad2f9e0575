package dev.keywheel.provider.socket;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Status and headers of an answer, and what they say about its body and its connection.
 *
 * @param headers names in lower case
 * @param http11 whether the answer uses HTTP/1.1 rather than HTTP/1.0
 */
record ResponseHead(int status, Map<String, String> headers, boolean http11) {
  /** A line that begins with white space continues the line before it. */
  private static final Pattern FOLD = Pattern.compile("(?:\\r\\n|\\r|\\n)[ \\t]+");

  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.(\\d) (\\d{3})(?: .*)?", Pattern.DOTALL);
  private static final Pattern KEEP_ALIVE = Pattern.compile("(?i)\\btimeout\\s*=\\s*(\\d{1,9})");
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

  static ResponseHead of(String text) throws IOException {
    List<String> lines = FOLD.matcher(text).replaceAll(" ").lines().toList();
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
    return new ResponseHead(
        Integer.parseInt(status.group(2)), headers, !status.group(1).equals("0"));
  }

  private String header(String name) {
    return headers.getOrDefault(name, "");
  }

  private String encoding() {
    String encoding = header("transfer-encoding").toLowerCase(Locale.ROOT);
    return encoding.equals("identity") ? "" : encoding;
  }

  boolean hasBody() {
    return status != 204 && status != 304;
  }

  boolean isChunked() {
    return encoding().endsWith("chunked");
  }

  /** Length in bytes of a body without chunks; -1 when it ends with the connection. */
  long length() throws IOException {
    String header = header("content-length");
    if (!encoding().isEmpty() || header.isEmpty()) {
      return -1;
    }
    if (LENGTH.matcher(header).matches()) {
      return Long.parseLong(header);
    }
    String[] all = header.split(", ?");
    if (all.length == 0
        || !LENGTH.matcher(all[0]).matches()
        || !Arrays.stream(all).allMatch(all[0]::equals)) {
      throw new IOException("an invalid Content-Length");
    }
    return Long.parseLong(all[0]);
  }

  /** Whether another request may be sent over the connection after the body. */
  boolean keepsOpen() {
    boolean twoLengths =
        headers.containsKey("transfer-encoding") && headers.containsKey("content-length");
    return http11
        && !twoLengths
        && !header("connection").toLowerCase(Locale.ROOT).contains("close");
  }

  /**
   * How long the idle connection may be reused: a second less than the idle timeout that the server
   * announces, which begins when it sends the answer.
   */
  Duration keptFor() {
    var timeout = KEEP_ALIVE.matcher(header("keep-alive"));
    return timeout.find()
        ? Duration.ofSeconds(Long.parseLong(timeout.group(1))).minusSeconds(1)
        : IdleConnections.MAX_IDLE;
  }
}
