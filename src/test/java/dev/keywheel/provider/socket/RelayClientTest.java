package dev.keywheel.provider.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.ScriptedServer;
import dev.keywheel.provider.ScriptedServer.Connection;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.socket.UpstreamExchange.Aborted;
import dev.keywheel.provider.socket.UpstreamExchange.Bytes;
import dev.keywheel.provider.socket.UpstreamExchange.End;
import dev.keywheel.provider.socket.UpstreamExchange.Failed;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.provider.socket.UpstreamExchange.Nothing;
import dev.keywheel.provider.socket.UpstreamExchange.Signal;
import dev.keywheel.support.LocalCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections of the gateway to a provider, and answers in every form that HTTP/1.1 allows. */
@Timeout(60)
class RelayClientTest {
  private static final Duration LONG = WholeAnswer.LONG;
  private static final String OK = WholeAnswer.OK;

  @AutoClose private final RelayClient client = new RelayClient(LONG);

  private UpstreamExchange send(ScriptedServer server) {
    return WholeAnswer.begin(client, server.base());
  }

  static void await(InputStream in, String end) throws IOException {
    var seen = new StringBuilder();
    while (seen.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("gone");
      }
      seen.append((char) next);
    }
  }

  @Test
  void a_connection_serves_one_request_after_another() throws Exception {
    try (var server =
        new ScriptedServer(
            connection -> {
              while (true) {
                connection.send(OK);
                await(connection.socket().getInputStream(), "{}");
              }
            })) {
      for (int i = 0; i < 3; i++) {
        assertThat(WholeAnswer.of(send(server)).text()).isEqualTo("ok");
      }
      assertThat(server.requests()).as("one for each connection").hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + "more than was announced",
        "HTTP/1.1 200 OK\r\n\r\nok",
      })
  void a_connection_that_the_provider_closes_serves_no_other_request(String answer)
      throws Exception {
    try (var server = new ScriptedServer(connection -> connection.send(answer))) {
      for (int i = 0; i < 2; i++) {
        assertThat(WholeAnswer.of(send(server)))
            .satisfies(
                whole -> {
                  assertThat(whole.text()).isEqualTo("ok");
                  assertThat(whole.last()).isInstanceOf(End.class);
                });
      }
      assertThat(server.requests()).hasSize(2);
    }
  }

  @Test
  void an_answer_that_arrives_byte_by_byte_is_complete() throws Exception {
    var answer =
        "HTTP/1.1 103 Early Hints\r\n"
            + "Link: <a>\r\n\r\n"
            + "HTTP/1.1 200 OK\r\n"
            + "X-A: one\r\n"
            + "X-a:  two \r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "5;name=value\r\n"
            + "hello\r\n"
            + "00006\r\n"
            + " world\r\n"
            + "0\r\n"
            + "X-Sum: 1\r\n\r\n";
    try (var server =
        new ScriptedServer(
            connection -> {
              for (byte one : answer.getBytes(ISO_8859_1)) {
                connection.send(String.valueOf((char) one));
              }
              await(connection.socket().getInputStream(), "{}");
              connection.send(OK);
            })) {
      var whole = WholeAnswer.of(send(server));
      assertThat(whole.head())
          .isEqualTo(new Head(200, Map.of("x-a", "one, two", "transfer-encoding", "chunked")));
      assertThat(whole.text()).isEqualTo("hello world");
      assertThat(whole.last()).isInstanceOf(End.class);
      assertThat(WholeAnswer.of(send(server)).text()).isEqualTo("ok");
      assertThat(server.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        "HTTP/1.1 200 OK\r\nX: ",
        "",
      })
  void a_malformed_answer_fails(String answer) throws Exception {
    try (var server = new ScriptedServer(connection -> connection.send(answer))) {
      assertThat(WholeAnswer.of(send(server)).last()).isEqualTo(new Failed(TransportError.RESET));
    }
  }

  @Test
  void headers_without_an_end_fail() throws Exception {
    try (var server =
        new ScriptedServer(
            connection -> {
              connection.send("HTTP/1.1 200 OK\r\n");
              while (true) {
                connection.send("X: " + "x".repeat(1_000) + "\r\n");
              }
            })) {
      assertThat(WholeAnswer.of(send(server)).last()).isEqualTo(new Failed(TransportError.RESET));
    }
  }

  @Test
  void an_answer_before_the_end_of_a_long_request_is_received() throws Exception {
    var over = new CountDownLatch(1);
    try (var listening = ScriptedServer.plain()) {
      Thread.startVirtualThread(() -> refuseUnread(listening, over));
      var exchange =
          WholeAnswer.begin(
              client,
              URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/x"),
              ByteBuffer.allocate(32 << 20));
      assertThat(exchange.next(LONG)).isEqualTo(new Head(413, Map.of("content-length", "0")));
      assertThat(exchange.next(LONG)).isInstanceOf(End.class);
    } finally {
      over.countDown();
    }
  }

  /** Answers after the headers of a request, and reads nothing more. */
  private static void refuseUnread(ServerSocket listening, CountDownLatch over) {
    try (var socket = listening.accept()) {
      await(socket.getInputStream(), "\r\n\r\n");
      socket.getOutputStream().write("HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
      over.await();
    } catch (IOException | InterruptedException gone) {
      // The test has ended.
    }
  }

  @Test
  void a_wait_for_an_encrypted_answer_loses_none_of_its_bytes(@TempDir Path folder)
      throws Exception {
    var tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    var go = new CountDownLatch(1);
    try (var server =
            new ScriptedServer(
                encrypted(tls),
                connection -> {
                  connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
                  go.await();
                  connection.send("later");
                });
        var trusting = new RelayClient(LONG, tls, () -> null)) {
      var exchange =
          WholeAnswer.begin(trusting, URI.create("https://localhost:" + server.port() + "/x"));
      assertThat(exchange.next(LONG)).isInstanceOf(Head.class);
      assertThat(exchange.next(LONG)).isInstanceOf(Bytes.class);
      assertThat(exchange.next(Duration.ofMillis(5))).isInstanceOf(Nothing.class);
      go.countDown();
      assertThat(exchange.next(LONG))
          .satisfies(
              bytes ->
                  assertThat(UTF_8.decode(((Bytes) bytes).parts().getFirst()).toString())
                      .isEqualTo("later"));
      assertThat(exchange.next(LONG)).isInstanceOf(End.class);
    }
  }

  @Test
  void a_certificate_of_another_host_or_an_untrusted_one_is_refused(@TempDir Path folder)
      throws Exception {
    var tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    try (var server = new ScriptedServer(encrypted(tls), connection -> connection.send(OK));
        var trusting = new RelayClient(LONG, tls, () -> null)) {
      URI byAddress = URI.create("https://127.0.0.1:" + server.port() + "/x");
      assertThat(WholeAnswer.begin(trusting, byAddress).next(LONG))
          .isEqualTo(new Failed(TransportError.TLS));
      URI byName = URI.create("https://localhost:" + server.port() + "/x");
      assertThat(WholeAnswer.begin(client, byName).next(LONG))
          .isEqualTo(new Failed(TransportError.TLS));
      assertThat(server.requests()).isEmpty();
    }
  }

  private static ServerSocket encrypted(SSLContext tls) throws IOException {
    return tls.getServerSocketFactory()
        .createServerSocket(0, 10, InetAddress.getByName("localhost"));
  }

  @Test
  void an_unencrypted_request_sends_the_whole_address_to_the_proxy() throws Exception {
    try (var proxy = new ScriptedServer(connection -> connection.send(OK));
        var through =
            new RelayClient(
                LONG,
                SSLContext.getDefault(),
                () ->
                    ProxySelector.of(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port())))) {
      var exchange =
          WholeAnswer.begin(through, URI.create("http://provider.example/api/v1/chat?beta=true"));
      assertThat(WholeAnswer.of(exchange).text()).isEqualTo("ok");
      assertThat(proxy.requests().getFirst())
          .startsWith(
              "POST http://provider.example/api/v1/chat?beta=true HTTP/1.1\r\n"
                  + "host: provider.example\r\n");
    }
  }

  @Test
  void connections_through_a_proxy_share_one_lookup_of_its_name() throws Exception {
    var lookups = new CopyOnWriteArrayList<String>();
    var closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    try (var proxy = new ScriptedServer(connection -> connection.send(closing));
        var through =
            new RelayClient(
                LONG,
                SSLContext.getDefault(),
                () ->
                    ProxySelector.of(
                        InetSocketAddress.createUnresolved("proxy.example", proxy.port())),
                name -> {
                  lookups.add(name);
                  return new InetAddress[] {InetAddress.getLoopbackAddress()};
                })) {
      for (var host : List.of("one.example", "two.example", "one.example")) {
        var exchange = WholeAnswer.begin(through, URI.create("http://" + host + "/x"));
        assertThat(WholeAnswer.of(exchange).text()).isEqualTo("ok");
      }
      assertThat(proxy.requests()).hasSize(3);
      assertThat(lookups).containsExactly("proxy.example");
    }
  }

  @Test
  void a_compressed_answer_is_decompressed() throws Exception {
    String text = "data: {\"n\":1}\n\n".repeat(20_000);
    byte[] packed = packed(text.getBytes(UTF_8));
    for (int piece : new int[] {1, 7, 4_096, packed.length}) {
      try (var server = new ScriptedServer(connection -> sendPacked(connection, packed, piece))) {
        var whole = WholeAnswer.of(send(server));
        assertThat(whole.text()).isEqualTo(text);
        assertThat(whole.last()).isInstanceOf(End.class);
        assertThat(((Head) whole.head()).headers()).doesNotContainKey("content-encoding");
      }
    }
  }

  @Test
  void a_compressed_answer_of_several_members_is_decompressed_to_its_end() throws Exception {
    var members = new ByteArrayOutputStream();
    members.writeBytes(packed("one ".getBytes(UTF_8)));
    members.writeBytes(packed(new byte[0]));
    members.writeBytes(packed("two".getBytes(UTF_8)));
    members.writeBytes(new byte[3]); // padding
    byte[] packed = members.toByteArray();
    for (int piece : new int[] {1, 7, packed.length}) {
      try (var server = new ScriptedServer(connection -> sendPacked(connection, packed, piece))) {
        var whole = WholeAnswer.of(send(server));
        assertThat(whole.text()).isEqualTo("one two");
        assertThat(whole.last()).isInstanceOf(End.class);
      }
    }
  }

  @Test
  void a_compressed_answer_that_is_cut_damaged_or_invalid_fails() throws Exception {
    byte[] packed = packed("x".repeat(1_000).getBytes(UTF_8));
    byte[] half = Arrays.copyOf(packed, packed.length / 2);
    byte[] damaged = packed.clone();
    damaged[packed.length - 8]++;
    byte[] other = "not packed at all".getBytes(UTF_8);
    for (byte[] wrong : List.of(half, damaged, other, new byte[] {0x1f})) {
      try (var server =
          new ScriptedServer(connection -> sendPacked(connection, wrong, wrong.length))) {
        assertThat(WholeAnswer.of(send(server)).last()).isEqualTo(new Failed(TransportError.RESET));
      }
    }
  }

  @Test
  void a_compressed_answer_takes_little_memory_however_large_it_is() throws Exception {
    byte[] packed = packed(new byte[50 << 20]);
    try (var server =
        new ScriptedServer(connection -> sendPacked(connection, packed, packed.length))) {
      var exchange = send(server);
      assertThat(exchange.next(LONG)).isInstanceOf(Head.class);
      assertThat(((Bytes) exchange.next(LONG)).parts().getFirst().remaining())
          .isLessThanOrEqualTo(16 << 10);
      exchange.abort();
    }
  }

  private static void sendPacked(Connection connection, byte[] packed, int piece)
      throws IOException {
    connection.send(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
            .formatted(packed.length));
    var out = connection.socket().getOutputStream();
    for (int from = 0; from < packed.length; from += piece) {
      out.write(packed, from, Math.min(piece, packed.length - from));
    }
  }

  /** Uses every optional field of the gzip header. */
  private static byte[] packed(byte[] bytes) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3});
    all.writeBytes(new byte[] {3, 0, 'a', 'b', 'c'});
    all.writeBytes("a name\0a comment\0".getBytes(ISO_8859_1));
    var sum = new CRC32();
    sum.update(all.toByteArray());
    all.writeBytes(new byte[] {(byte) sum.getValue(), (byte) (sum.getValue() >> 8)});
    var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(bytes);
    deflater.finish();
    var piece = new byte[4_096];
    while (!deflater.finished()) {
      all.write(piece, 0, deflater.deflate(piece));
    }
    deflater.end();
    var trailer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    sum.reset();
    sum.update(bytes);
    all.writeBytes(trailer.putInt((int) sum.getValue()).putInt(bytes.length).array());
    return all.toByteArray();
  }

  @Test
  void closing_the_client_ends_its_exchanges() throws Exception {
    var arrived = new CountDownLatch(1);
    var over = new CountDownLatch(1);
    try (var server =
        new ScriptedServer(
            connection -> {
              arrived.countDown();
              over.await();
            })) {
      var closing = new RelayClient(LONG);
      var exchange = WholeAnswer.begin(closing, server.base());
      var last = new CompletableFuture<Signal>();
      Thread.startVirtualThread(
          () -> {
            try {
              last.complete(exchange.next(LONG));
            } catch (InterruptedException e) {
              last.completeExceptionally(e);
            }
          });
      arrived.await();
      closing.close();
      assertThat(last.get(60, TimeUnit.SECONDS)).isInstanceOf(Aborted.class);
    } finally {
      over.countDown();
    }
  }
}
