package dev.keywheel.provider.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.provider.http.BearerCredential;
import dev.keywheel.provider.socket.UpstreamExchange.Bytes;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.provider.socket.UpstreamExchange.Signal;
import dev.keywheel.secret.Secret;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** An answer that was read to its end, or failed. */
record WholeAnswer(Signal head, byte[] body, Signal last) {
  static final Duration LONG = Duration.ofSeconds(20);
  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private static final BearerCredential KEY =
      BearerCredential.of(Secret.of("sk-or-v1-0123456789abcdef")).orElseThrow();

  /** Begins a request without reading its answer. */
  static UpstreamExchange begin(RelayClient client, URI address, ByteBuffer body) {
    return client.prepare(address, Map.of(), List.of(body), KEY);
  }

  /** Begins a request with the body {@code {}}. */
  static UpstreamExchange begin(RelayClient client, URI address) {
    return begin(client, address, ByteBuffer.wrap("{}".getBytes(UTF_8)));
  }

  static WholeAnswer of(UpstreamExchange exchange) throws InterruptedException {
    var body = new ByteArrayOutputStream();
    Signal head = exchange.next(LONG);
    Signal next = head instanceof Head ? exchange.next(LONG) : head;
    while (next instanceof Bytes(var parts)) {
      for (ByteBuffer part : parts) {
        var piece = new byte[part.remaining()];
        part.get(piece);
        body.writeBytes(piece);
      }
      next = exchange.next(LONG);
    }
    return new WholeAnswer(head, body.toByteArray(), next);
  }

  String text() {
    return new String(body, UTF_8);
  }
}
