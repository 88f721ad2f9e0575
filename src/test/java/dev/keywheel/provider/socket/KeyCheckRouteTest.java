package dev.keywheel.provider.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.ScriptedServer;
import dev.keywheel.provider.http.BearerCredential;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.LocalCertificate;
import dev.keywheel.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The route of a key check to the provider: through a proxy, and to each address of a host. */
@Tag("full")
@Timeout(60)
class KeyCheckRouteTest {
  private static final BearerCredential KEY =
      BearerCredential.of(Secret.of("sk-or-v1-0123456789abcdef")).orElseThrow();
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private static SocketHttpClient through(Proxy proxy, URI address, SSLContext tls) {
    var selector =
        ProxySelector.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
    return new SocketHttpClient(address, "test", tls, () -> selector);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n\r\n", "\r\nVia: 1.1 x\n\n"})
  void an_encrypted_check_goes_through_a_tunnel_of_the_proxy(String end, @TempDir Path folder)
      throws Exception {
    var tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    try (var server = new ScriptedServer(encrypted(tls), connection -> connection.json(200, "{}"));
        var proxy = new Proxy(end);
        var get =
            through(proxy, URI.create("https://localhost:" + server.port() + "/api/v1/key"), tls)) {
      assertThat(get.get(KEY, DEADLINE)).isInstanceOf(Reply.class);
      assertThat(proxy.heads).hasSize(1);
      assertThat(proxy.heads.getFirst())
          .startsWith("CONNECT localhost:" + server.port() + " HTTP/1.1\r\n")
          .doesNotContain("Bearer");
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void a_check_in_progress_keeps_its_deadline_when_the_client_is_closed() throws Exception {
    var arrived = new CountDownLatch(1);
    try (var silent =
            new ScriptedServer(
                connection -> {
                  arrived.countDown();
                  connection.socket().getInputStream().read();
                });
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var get = new SocketHttpClient(silent.base(), "test", SSLContext.getDefault());
      var answer = threads.submit(() -> get.get(KEY, Duration.ofSeconds(2)));
      arrived.await();
      get.close();
      assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(new Failed(TransportError.TIMEOUT));
      assertThat(get.get(KEY, DEADLINE)).isEqualTo(new Failed(TransportError.INTERRUPTED));
    }
  }

  @Test
  void an_unencrypted_check_sends_the_whole_address_to_the_proxy() throws Exception {
    try (var proxy = new ScriptedServer(connection -> connection.json(200, "{}"));
        var get =
            new SocketHttpClient(
                URI.create("http://provider.example/api/v1/key"),
                "test",
                SSLContext.getDefault(),
                () ->
                    ProxySelector.of(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port())))) {
      assertThat(get.get(KEY, DEADLINE)).isInstanceOf(Reply.class);
      assertThat(proxy.requests().getFirst())
          .startsWith("GET http://provider.example/api/v1/key HTTP/1.1\r\nhost: provider.example");
    }
  }

  @Test
  void the_next_address_of_a_host_is_tried_when_one_refuses() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, "{}"));
        var connection = new ProviderConnection(new Origin(false, "127.0.0.1", server.port()))) {
      var addresses = List.of(InetAddress.getByName("127.0.0.2"), InetAddress.getLoopbackAddress());
      connection.connect(addresses, server.port(), new Deadline(DEADLINE));
      assertThat(connection.usable()).isTrue();
    }
  }

  @Test
  void an_answer_without_end_is_read_up_to_the_limit() throws Exception {
    var endless = "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(1 << 20);
    try (var server = new ScriptedServer(connection -> connection.send(endless));
        var get = new SocketHttpClient(server.base(), "test", SSLContext.getDefault())) {
      var reply = (Reply) get.get(KEY, DEADLINE);
      assertThat(reply.end()).isEqualTo(End.TOO_BIG);
      assertThat(reply.body()).hasSize(64 << 10);
    }
  }

  @Test
  void an_answer_of_exactly_the_limit_is_complete() throws Exception {
    var body = "x".repeat(64 << 10);
    try (var server = new ScriptedServer(connection -> connection.json(200, body));
        var get = new SocketHttpClient(server.base(), "test", SSLContext.getDefault())) {
      var reply = (Reply) get.get(KEY, DEADLINE);
      assertThat(reply.end()).isEqualTo(End.WHOLE);
      assertThat(reply.body()).hasSize(64 << 10);
    }
  }

  @Test
  void each_check_has_a_connection_of_its_own() throws Exception {
    try (var server =
            new ScriptedServer(
                connection -> {
                  connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                  connection.socket().getInputStream().transferTo(OutputStream.nullOutputStream());
                });
        var get = new SocketHttpClient(server.base(), "test", SSLContext.getDefault())) {
      for (int i = 0; i < 2; i++) {
        assertThat(get.get(KEY, DEADLINE)).isInstanceOf(Reply.class);
      }
      assertThat(server.requests()).hasSize(2);
    }
  }

  private static ServerSocket encrypted(SSLContext tls) throws IOException {
    return tls.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  /** A proxy that opens tunnels and records the requests. */
  private static final class Proxy implements AutoCloseable {
    final List<String> heads = new CopyOnWriteArrayList<>();
    private final ServerSocket listening = ScriptedServer.plain();

    private final String end;

    Proxy(String end) {
      this.end = end;
      Thread.startVirtualThread(this::accept);
    }

    int port() {
      return listening.getLocalPort();
    }

    private void accept() {
      try {
        while (true) {
          var client = listening.accept();
          Thread.startVirtualThread(() -> serve(client));
        }
      } catch (IOException closed) {
        // The test has ended.
      }
    }

    private void serve(Socket client) {
      try (client) {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
          head.append((char) client.getInputStream().read());
        }
        heads.add(head.toString());
        int port = Integer.parseInt(head.substring(head.indexOf(":") + 1, head.indexOf(" HTTP")));
        try (var server = new Socket(InetAddress.getLoopbackAddress(), port)) {
          client.getOutputStream().write(("HTTP/1.1 200 OK" + end).getBytes(UTF_8));
          Thread.startVirtualThread(() -> copy(client, server));
          server.getInputStream().transferTo(client.getOutputStream());
        }
      } catch (IOException over) {
        // One side has closed the connection.
      }
    }

    private static void copy(Socket from, Socket to) {
      try (InputStream in = from.getInputStream()) {
        in.transferTo(to.getOutputStream());
      } catch (IOException over) {
        // One side has closed the connection.
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }
}
