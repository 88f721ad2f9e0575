package dev.keywheel.provider.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.http.BearerCredential;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.socket.UpstreamExchange.Aborted;
import dev.keywheel.provider.socket.UpstreamExchange.Bytes;
import dev.keywheel.provider.socket.UpstreamExchange.End;
import dev.keywheel.provider.socket.UpstreamExchange.Failed;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.provider.socket.UpstreamExchange.Nothing;
import dev.keywheel.provider.socket.UpstreamExchange.Signal;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Await;
import dev.keywheel.support.LocalCertificate;
import dev.keywheel.support.StreamUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamExchangeTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final StreamUpstream upstream = new StreamUpstream();
  private final RelayClient client = new RelayClient(LONG);
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void close() {
    over.countDown();
    client.close();
    upstream.close();
  }

  @Test
  void an_answer_is_passed_on_piece_by_piece() throws Exception {
    var go = new CountDownLatch(1);
    upstream.answer(
        "a",
        call -> {
          call.head(200, "text/event-stream", "X-Generation-Id", "gen-1").send("one");
          go.await();
          call.send("two").end();
        });

    UpstreamExchange exchange = send("{\"x\": 1.0}");

    assertThat(exchange.next(LONG))
        .satisfies(
            head -> {
              assertThat(((Head) head).status()).isEqualTo(200);
              assertThat(((Head) head).headers()).containsEntry("x-generation-id", "gen-1");
            });
    assertThat(text(exchange.next(LONG))).isEqualTo("one");
    assertThat(exchange.next(Duration.ofMillis(1))).isInstanceOf(Nothing.class);
    go.countDown();
    assertThat(text(exchange.next(LONG))).isEqualTo("two");
    assertThat(exchange.next(LONG)).isInstanceOf(End.class);
    assertThat(new String(upstream.calls().getFirst().body(), UTF_8)).isEqualTo("{\"x\": 1.0}");
    assertThat(upstream.calls().getFirst().header("x-test")).isEqualTo("yes");
  }

  @Test
  void an_exchange_with_a_limit_ends_when_nothing_arrives_in_time() throws Exception {
    upstream.answer(
        "a",
        call -> {
          call.head(200, "application/json").send("one");
          over.await();
        });
    UpstreamExchange exchange = send("{}");

    assertThat(exchange.nextOrEnd(LONG)).isInstanceOf(Head.class);
    assertThat(text(exchange.nextOrEnd(LONG))).isEqualTo("one");
    assertThat(exchange.nextOrEnd(Duration.ofMillis(1))).isInstanceOf(Nothing.class);
    assertThat(exchange.nextOrEnd(LONG)).isInstanceOf(Nothing.class);
    upstream.calls().getFirst().awaitGone();
  }

  @Test
  void an_abort_before_the_headers_closes_the_connection() throws Exception {
    upstream.answer("a", _ -> over.await());
    UpstreamExchange exchange = send("{}");
    var last = new CompletableFuture<Signal>();
    Thread.startVirtualThread(() -> last.complete(next(exchange)));
    Await.until("the call arrives", () -> upstream.calls().size() == 1);

    exchange.abort();

    assertThat(last.get(60, TimeUnit.SECONDS)).isInstanceOf(Aborted.class);
    assertThat(exchange.next(LONG)).isInstanceOf(Aborted.class);
    upstream.calls().getFirst().awaitGone();
  }

  @Test
  void an_abort_in_the_body_closes_the_connection_and_wakes_the_reader() throws Exception {
    upstream.answer(
        "a",
        call -> {
          call.head(200, "text/event-stream").send("one");
          over.await();
        });
    UpstreamExchange exchange = send("{}");
    exchange.next(LONG);
    exchange.next(LONG);
    Thread.startVirtualThread(exchange::abort);

    assertThat(exchange.next(LONG)).isInstanceOf(Aborted.class);
    upstream.calls().getFirst().awaitGone();
  }

  @Test
  void a_broken_and_a_refused_connection_are_distinguished() throws Exception {
    upstream.answer("a", call -> call.head(200, "text/event-stream").send("one").cut());
    UpstreamExchange exchange = send("{}");
    Signal last = exchange.next(LONG);
    while (!(last instanceof Failed)) {
      last = exchange.next(LONG);
    }

    assertThat(last).isEqualTo(new Failed(TransportError.RESET));
    var refused = client.prepare(URI.create("http://127.0.0.1:1/x"), Map.of(), List.of(), key());
    assertThat(refused.next(LONG)).isEqualTo(new Failed(TransportError.REFUSED));
  }

  @Test
  void a_tls_error_after_the_request_was_sent_is_a_broken_connection(@TempDir Path folder)
      throws Exception {
    SSLContext tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var encrypted = new RelayClient(LONG, tls, () -> null)) {
      Thread.startVirtualThread(() -> answerWithDamagedRecord(server, tls));
      var address = URI.create("https://localhost:" + server.getLocalPort() + "/x");
      UpstreamExchange exchange = encrypted.prepare(address, Map.of(), List.of(), key());
      assertThat(exchange.next(LONG)).isEqualTo(new Failed(TransportError.RESET));
    }
  }

  private static void answerWithDamagedRecord(ServerSocket server, SSLContext tls) {
    try (var plain = server.accept();
        var socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, null, 0, true)) {
      socket.setUseClientMode(false);
      assertThat(socket.getInputStream().read()).isPositive();
      var record = new byte[5 + 32]; // its MAC is wrong
      System.arraycopy(new byte[] {0x17, 3, 3, 0, 32}, 0, record, 0, 5);
      plain.getOutputStream().write(record);
      plain.getInputStream().readAllBytes(); // a close with unread bytes would reset the connection
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 16 << 10, 40_000, 3 << 20})
  void a_body_in_parts_arrives_as_one(int size) throws Exception {
    var body = new byte[size];
    new Random(7).nextBytes(body);
    int middle = size / 3;
    upstream.answer("a", StreamUpstream.json(200, "{}"));

    UpstreamExchange exchange =
        client.prepare(
            URI.create(upstream.base() + "/chat/completions"),
            Map.of(),
            List.of(
                ByteBuffer.wrap(body, 0, middle),
                ByteBuffer.allocate(0),
                ByteBuffer.wrap(body, middle, size - middle)),
            key());

    assertThat(exchange.next(LONG)).isInstanceOf(Head.class);
    assertThat(upstream.calls().getFirst().body()).isEqualTo(body);
    assertThat(upstream.calls().getFirst().header("content-length"))
        .isEqualTo(Integer.toString(size));
  }

  @Test
  void a_reader_that_waits_slows_the_provider_down() throws Exception {
    var sent = new java.util.concurrent.atomic.AtomicLong();
    upstream.answer(
        "a",
        call -> {
          call.head(200, "text/event-stream");
          String part = "x".repeat(64 << 10);
          for (int i = 0; i < 1_000; i++) {
            call.send(part);
            sent.addAndGet(part.length());
          }
          call.end();
        });
    UpstreamExchange exchange = send("{}");
    exchange.next(LONG);
    exchange.next(LONG);
    long[] before = {-1};

    Await.until(
        "the provider cannot send more",
        () -> {
          boolean still = sent.get() == before[0];
          before[0] = sent.get();
          return still;
        });
    assertThat(sent.get()).isLessThan(40L << 20);
    exchange.abort();
  }

  private UpstreamExchange send(String body) {
    return client.prepare(
        URI.create(upstream.base() + "/chat/completions"),
        Map.of("x-test", "yes"),
        List.of(ByteBuffer.wrap(body.getBytes(UTF_8))),
        key());
  }

  private static Signal next(UpstreamExchange exchange) {
    try {
      return exchange.next(LONG);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static BearerCredential key() {
    return BearerCredential.of(Secret.of("sk-or-v1-a")).orElseThrow();
  }

  private static String text(Signal signal) {
    var text = new StringBuilder();
    for (ByteBuffer part : ((Bytes) signal).parts()) {
      text.append(UTF_8.decode(part));
    }
    return text.toString();
  }
}
