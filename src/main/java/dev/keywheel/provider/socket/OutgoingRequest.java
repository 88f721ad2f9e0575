package dev.keywheel.provider.socket;

import dev.keywheel.provider.http.BearerCredential;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

final class OutgoingRequest {
  /** Maximum bytes of a body sent before the answer is read; a longer one has its own thread. */
  private static final int MAX_BYTES_AT_ONCE = 8 << 10;

  private static final int PIECE_BYTES = 16 << 10;

  /** Initial buffer size in bytes, small because ten thousand key checks may be in progress. */
  private static final int CHECK_BUFFER_BYTES = 1 << 10;

  private static final int BUFFER_BYTES = 4 << 10;
  private static final String DEFAULT_USER_AGENT = "Keywheel";

  private final String method;
  private final URI address;
  private final Map<String, String> headers;
  private final List<ByteBuffer> body;
  private final BearerCredential key;
  private final Duration connect;
  private volatile boolean sent;

  /**
   * @param headers without the credential, names in lower case
   * @param body consecutive parts, which must not change until the exchange is over; an empty list
   *     means no body
   * @param connect time limit for connecting, including the TLS handshake
   */
  OutgoingRequest(
      String method,
      URI address,
      Map<String, String> headers,
      List<ByteBuffer> body,
      BearerCredential key,
      Duration connect) {
    this.method = method;
    this.address = address;
    this.headers = headers;
    this.body = body;
    this.key = key;
    this.connect = connect;
  }

  URI address() {
    return address;
  }

  Duration connectTimeout() {
    return connect;
  }

  /** Whether an idle connection may be used for this request, and kept open after it. */
  boolean sharesConnection() {
    return !"close".equals(headers.get("connection"));
  }

  /** Initial size in bytes of the read buffer, enough for most answers. */
  int initialBufferSize() {
    return body.isEmpty() ? CHECK_BUFFER_BYTES : BUFFER_BYTES;
  }

  boolean isSent() {
    return sent;
  }

  /** Sends a short request completely; starts a thread that sends a long one. */
  void sendOn(ProviderConnection connection) throws IOException {
    long length = 0;
    for (ByteBuffer part : body) {
      length += part.remaining();
    }
    byte[] head = head(length, connection.isProxied());
    if (length <= MAX_BYTES_AT_ONCE) {
      ByteBuffer whole = ByteBuffer.allocate(head.length + (int) length).put(head);
      body.forEach(part -> whole.put(part.duplicate()));
      connection.write(whole.array());
      sent = true;
    } else {
      Thread.ofVirtual().name("gateway-upload").start(() -> sendPieces(head, connection));
    }
  }

  /** Errors are not reported here, because the thread that reads the answer also gets them. */
  private void sendPieces(byte[] head, ProviderConnection connection) {
    try {
      connection.write(head);
      for (ByteBuffer part : body) {
        ByteBuffer left = part.duplicate();
        while (left.hasRemaining()) {
          var piece = new byte[Math.min(PIECE_BYTES, left.remaining())];
          left.get(piece);
          connection.write(piece);
        }
      }
      sent = true;
    } catch (IOException broken) {
      // The provider closed the connection, perhaps after an answer.
    }
  }

  private byte[] head(long length, boolean proxied) {
    String query = address.getRawQuery() == null ? "" : "?" + address.getRawQuery();
    var head = new StringBuilder(512).append(method).append(' ');
    if (proxied) {
      head.append("http://").append(address.getRawAuthority());
    }
    head.append(address.getRawPath().isEmpty() ? "/" : address.getRawPath()).append(query);
    head.append(" HTTP/1.1\r\n");
    add(head, "host", address.getRawAuthority());
    headers.forEach((name, value) -> add(head, name, value));
    if (!headers.containsKey("user-agent")) {
      add(head, "user-agent", DEFAULT_USER_AGENT);
    }
    if (!body.isEmpty()) {
      add(head, "content-length", Long.toString(length));
    }
    add(head, "authorization", key.value());
    return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Adds a header line; a value with a line break is rejected. */
  private static void add(StringBuilder head, String name, String value) {
    if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("a header with more than one line: " + name);
    }
    head.append(name).append(": ").append(value).append("\r\n");
  }
}
