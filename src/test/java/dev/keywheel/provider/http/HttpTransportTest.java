package dev.keywheel.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.support.LocalCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpTransportTest {
  private static final byte[] PLAIN =
      "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

  /** What the server does with a connection. */
  private interface Server {
    void accept(Socket connection, SSLContext tls) throws IOException;
  }

  /** A request that was sent may have been charged, so it is not repeated like an unsent one. */
  @Test
  void only_a_failed_handshake_counts_as_not_sent(@TempDir Path folder) throws Exception {
    var tls = LocalCertificate.trusting(LocalCertificate.in(folder));

    assertThat(answer(tls, (connection, _) -> connection.getInputStream().read(new byte[4_096])))
        .as("closed")
        .isEqualTo(new Failed(TransportError.TLS));
    assertThat(answer(tls, (connection, _) -> sendAlert(connection)))
        .isEqualTo(new Failed(TransportError.TLS));
    assertThat(answer(tls, HttpTransportTest::breakAfterRequest))
        .isEqualTo(new Failed(TransportError.RESET));
  }

  private static Observation answer(SSLContext tls, Server server) throws IOException {
    try (var listening = new ServerSocket(0, 10, InetAddress.getByName("localhost"));
        var transport = new HttpTransport(tls)) {
      Thread.startVirtualThread(() -> serve(listening, tls, server));
      var request =
          HttpRequest.newBuilder(URI.create("https://localhost:" + listening.getLocalPort()))
              .POST(BodyPublishers.ofString("{}"))
              .build();
      return transport.send(request, 1_000, Duration.ofSeconds(30));
    }
  }

  private static void serve(ServerSocket listening, SSLContext tls, Server server) {
    while (true) {
      try (var connection = listening.accept()) {
        server.accept(connection, tls);
      } catch (IOException closed) {
        if (listening.isClosed()) {
          return;
        }
      }
    }
  }

  private static void sendAlert(Socket connection) throws IOException {
    connection.getInputStream().read(new byte[4_096]);
    connection.getOutputStream().write(new byte[] {21, 3, 3, 0, 2, 2, 80}); // internal_error
    connection.getInputStream().read();
  }

  /** Reads an encrypted request and sends an answer that is not encrypted. */
  private static void breakAfterRequest(Socket connection, SSLContext tls) throws IOException {
    var encrypted =
        (SSLSocket)
            tls.getSocketFactory().createSocket(connection, null, connection.getPort(), false);
    encrypted.setUseClientMode(false);
    encrypted.getInputStream().read(new byte[4_096]);
    connection.getOutputStream().write(PLAIN);
    connection.getInputStream().read();
  }
}
