package dev.keywheel.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;

/** Sends and receives bytes, for requests that no HTTP client would send. */
public final class RawHttp {
  private static final Pattern STATUS = Pattern.compile("(?m)^HTTP/1\\.[01] (\\d{3}) ");
  private static final int TIMEOUT_MILLIS = 60_000;

  /**
   * Everything received.
   *
   * @param closed whether the server closed the connection
   */
  public record Replies(String text, boolean closed) {
    /** The status of each response. */
    public List<Integer> statuses() {
      return STATUS.matcher(text).results().map(m -> Integer.valueOf(m.group(1))).toList();
    }
  }

  private RawHttp() {}

  /** Sends the request and reads until the server closes the connection or is silent. */
  public static Replies exchange(String server, String request) throws IOException {
    return exchange(server, request, TIMEOUT_MILLIS);
  }

  /**
   * @param silence maximum wait for further bytes, in milliseconds
   */
  public static Replies exchange(String server, String request, int silence) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), URI.create(server).getPort())) {
      socket.setSoTimeout(silence);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      var text = new StringBuilder();
      var buffer = new byte[8_192];
      try {
        for (int n = socket.getInputStream().read(buffer);
            n >= 0;
            n = socket.getInputStream().read(buffer)) {
          text.append(new String(buffer, 0, n, ISO_8859_1));
        }
        return new Replies(text.toString(), true);
      } catch (SocketTimeoutException silent) {
        return new Replies(text.toString(), false);
      } catch (IOException reset) {
        return new Replies(text.toString(), true);
      }
    }
  }
}
