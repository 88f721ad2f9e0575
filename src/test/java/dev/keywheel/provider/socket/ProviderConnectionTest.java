package dev.keywheel.provider.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywheel.provider.ScriptedServer;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.http.TransportErrors;
import dev.keywheel.provider.socket.UpstreamExchange.Aborted;
import dev.keywheel.provider.socket.UpstreamExchange.Failed;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.provider.socket.UpstreamExchange.Nothing;
import dev.keywheel.provider.socket.UpstreamExchange.Signal;
import dev.keywheel.support.LocalCertificate;
import dev.keywheel.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Connections that are established slowly or not at all, and providers that send slowly. */
@Timeout(60)
class ProviderConnectionTest {
  private static final Duration LONG = WholeAnswer.LONG;
  private static final Duration SHORT = Duration.ofMillis(300);

  /** Begins the timer field of a connection with keep-alive in {@code /proc/net/tcp}. */
  private static final String KEEP_ALIVE_TIMER = "02:";

  private static final long NANOS_BETWEEN_BYTES = 5_000_000;

  @AutoClose private final ServerSocket listening = ScriptedServer.plain();
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void end() {
    over.countDown();
  }

  private URI encrypted(int port) {
    return URI.create("https://localhost:" + port + "/x");
  }

  private RelayClient throughProxy(Duration connect) throws Exception {
    var selector =
        ProxySelector.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort()));
    return new RelayClient(connect, SSLContext.getDefault(), () -> selector);
  }

  /** What the server does with the first connection. */
  private interface Script {
    void run(Socket socket) throws Exception;
  }

  private void serve(Script script) {
    Thread.startVirtualThread(
        () -> {
          try (var socket = listening.accept()) {
            script.run(socket);
          } catch (Exception gone) {
            // The client has closed the connection.
          }
        });
  }

  private static void drip(InputStream from, OutputStream to) throws IOException {
    for (int next = from.read(); next >= 0; next = from.read()) {
      to.write(next);
      LockSupport.parkNanos(NANOS_BETWEEN_BYTES);
    }
  }

  @Test
  void a_tls_record_that_arrives_byte_by_byte_is_abandoned_at_the_time_limit(@TempDir Path folder)
      throws Exception {
    var tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    var drips = new CountDownLatch(1);
    try (var server =
            new ScriptedServer(
                tls.getServerSocketFactory()
                    .createServerSocket(0, 10, InetAddress.getLoopbackAddress()),
                connection -> {
                  connection.send("HTTP/1.1 200 OK\r\nContent-Length: 15000\r\n\r\n");
                  drips.await();
                  connection.send("x".repeat(15_000));
                  over.await();
                });
        var client = new RelayClient(LONG, tls, () -> null)) {
      serve(socket -> dripAfter(drips, socket, server.port()));
      var exchange = WholeAnswer.begin(client, encrypted(listening.getLocalPort()));
      assertThat(exchange.next(LONG)).isInstanceOf(Head.class);
      drips.countDown();

      assertThat(exchange.next(SHORT))
          .as("the TLS record is incomplete")
          .isInstanceOf(Nothing.class);
      exchange.abort();
    }
  }

  /** Forwards the bytes of the server: the first ones immediately, later ones one by one. */
  private static void dripAfter(CountDownLatch drips, Socket client, int port) throws IOException {
    try (var server = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Thread.startVirtualThread(() -> pass(client, server));
      InputStream from = server.getInputStream();
      var buffer = new byte[16 << 10];
      while (drips.getCount() > 0) {
        int read = from.read(buffer);
        if (drips.getCount() == 0) {
          for (int i = 0; i < read; i++) {
            client.getOutputStream().write(buffer[i]);
            LockSupport.parkNanos(NANOS_BETWEEN_BYTES);
          }
        } else {
          client.getOutputStream().write(buffer, 0, read);
        }
      }
      drip(from, client.getOutputStream());
    }
  }

  private static void pass(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException gone) {
      // The test has ended.
    }
  }

  @Test
  void a_slow_or_hanging_handshake_fails_the_connection() throws Exception {
    try (var client = new RelayClient(SHORT, SSLContext.getDefault(), () -> null)) {
      for (boolean drips : new boolean[] {false, true}) {
        serve(
            socket -> {
              socket.getInputStream().read();
              if (drips) {
                socket.getOutputStream().write(new byte[] {0x16, 3, 3, 0x3f, 0});
                drip(endless(), socket.getOutputStream());
              }
              over.await();
            });
        var exchange = WholeAnswer.begin(client, encrypted(listening.getLocalPort()));
        assertThat(exchange.next(LONG)).isEqualTo(new Failed(TransportError.CONNECT_TIMEOUT));
      }
    }
  }

  private static InputStream endless() {
    return new InputStream() {
      @Override
      public int read() {
        return 2;
      }
    };
  }

  @Test
  void the_caller_waits_for_a_connection_only_for_the_given_time() throws Exception {
    try (var client = throughProxy(LONG)) {
      var go = new CountDownLatch(1);
      serve(
          socket -> {
            go.await();
            socket.getOutputStream().write("HTTP/1.1 502 No\n\n".getBytes(UTF_8));
            over.await();
          });
      var exchange = WholeAnswer.begin(client, encrypted(1234));
      assertThat(exchange.next(SHORT)).isInstanceOf(Nothing.class);
      assertThat(exchange.next(Duration.ZERO)).isInstanceOf(Nothing.class);
      go.countDown();

      assertThat(exchange.next(LONG))
          .as("no connection to the provider")
          .isEqualTo(new Failed(TransportError.REFUSED));
    }
  }

  @Test
  void an_abort_ends_the_wait_for_a_lookup_that_cannot_be_interrupted() throws Exception {
    var lookingUp = new CountDownLatch(1);
    try (var client =
        new RelayClient(
            LONG,
            SSLContext.getDefault(),
            () -> {
              lookingUp.countDown();
              awaitOver(); // like a name lookup
              return null;
            })) {
      var exchange = WholeAnswer.begin(client, encrypted(listening.getLocalPort()));
      var last = new CompletableFuture<Signal>();
      Thread.startVirtualThread(
          () -> {
            try {
              last.complete(exchange.next(LONG.multipliedBy(3)));
            } catch (InterruptedException e) {
              last.completeExceptionally(e);
            }
          });
      lookingUp.await();
      exchange.abort();
      assertThat(last.get(60, TimeUnit.SECONDS)).isInstanceOf(Aborted.class);
    }
  }

  private void awaitOver() {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void when_all_addresses_fail_the_first_failure_is_reported() throws Exception {
    int unused = 1; // a free port of the system could be given to another server
    var refusing = InetAddress.getLoopbackAddress();
    var withoutRoute = InetAddress.getByName("224.0.0.1"); // multicast accepts no connection
    assertThat(failure(List.of(refusing, withoutRoute), unused))
        .isInstanceOf(ConnectException.class)
        .satisfies(refused -> assertThat(refused.getSuppressed()).hasSize(1))
        .extracting(TransportErrors::of)
        .isEqualTo(TransportError.REFUSED);
    assertThat(TransportErrors.of(failure(List.of(withoutRoute, refusing), unused)))
        .isEqualTo(TransportError.NO_ROUTE);
  }

  private static Throwable failure(List<InetAddress> addresses, int port) {
    return catchThrowable(
        () -> {
          try (var connection = new ProviderConnection(new Origin(false, "localhost", port))) {
            connection.connect(addresses, port, new Deadline(LONG));
          }
        });
  }

  @Test
  void bytes_that_were_decrypted_with_an_answer_do_not_answer_the_next_request(@TempDir Path folder)
      throws Exception {
    var tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    var head = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n";
    int size = 1_024 - head.formatted(100).length(); // one read
    var answer = head.formatted(size) + "x".repeat(size) + WholeAnswer.OK;
    try (var server =
            new ScriptedServer(
                tls.getServerSocketFactory()
                    .createServerSocket(0, 10, InetAddress.getLoopbackAddress()),
                connection -> {
                  connection.send(answer);
                  over.await();
                });
        var client = new RelayClient(LONG, tls, () -> null)) {
      for (int i = 0; i < 2; i++) {
        var whole = WholeAnswer.of(WholeAnswer.begin(client, encrypted(server.port())));
        assertThat(whole.text()).isEqualTo("x".repeat(size));
      }
      assertThat(server.requests()).hasSize(2);
    }
  }

  @Test
  void a_proxy_that_refuses_the_tunnel_gets_no_credential() throws Exception {
    try (var proxy = new ScriptedServer(connection -> connection.send("HTTP/1.1 403 No\r\n\r\n"));
        var client =
            new RelayClient(
                LONG,
                SSLContext.getDefault(),
                () ->
                    ProxySelector.of(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port())))) {
      var exchange = WholeAnswer.begin(client, encrypted(1234));
      assertThat(exchange.next(LONG)).isEqualTo(new Failed(TransportError.REFUSED));
      assertThat(proxy.requests().getFirst())
          .startsWith("CONNECT localhost:1234 HTTP/1.1\r\n")
          .doesNotContain("Bearer");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void the_system_probes_a_connection_on_which_nothing_arrives() throws Exception {
    try (var connection =
        new ProviderConnection(new Origin(false, "localhost", listening.getLocalPort()))) {
      connection.connect(
          List.of(InetAddress.getLoopbackAddress()), listening.getLocalPort(), new Deadline(LONG));
      try (var accepted = listening.accept()) {
        assertThat(timer(accepted.getPort(), accepted.getLocalPort())).startsWith(KEEP_ALIVE_TIMER);
      }
    }
  }

  /**
   * The kernel's timer of the connection between these ports. Other connections can have the same
   * local port, for example one to another server that is in TIME_WAIT.
   */
  private static String timer(int localPort, int remotePort) throws IOException {
    String local = String.format(":%04X", localPort);
    String remote = String.format(":%04X", remotePort);
    return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
        .map(Path::of)
        .filter(Files::exists)
        .flatMap(ProviderConnectionTest::lines)
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields[1].endsWith(local) && fields[2].endsWith(remote))
        .map(fields -> fields[5])
        .findFirst()
        .orElseThrow();
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
