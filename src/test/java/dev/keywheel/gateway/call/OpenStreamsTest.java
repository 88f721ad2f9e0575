package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestPool;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams that stay open for some time. */
@Timeout(300)
class OpenStreamsTest {
  private static final String ONE = GatewayRelayTest.ONE;
  private static final String LAST = GatewayRelayTest.LAST;
  private static final int STREAMS = 1_000;
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofMinutes(10);

  /** On a busy machine, opening all streams takes longer than the usual limits for one stream. */
  private static final GatewayTimeouts UNLIMITED =
      TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG);

  /** Lower than the number of requests of a token that may wait for a key. */
  private static final int AT_ONCE = 20;

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private TestNode node;

  @AutoClose
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .build();

  private final CountDownLatch go = new CountDownLatch(1);
  private final List<String> refused = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() {
    node = new TestNode(pool, UNLIMITED, Duration.ofSeconds(10), provider -> provider);
    node.pool.add(7);
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE);
          go.await();
          call.send(ONE).send(LAST).end();
        });
  }

  @Test
  void open_streams_use_no_platform_threads_and_all_complete() {
    int before = ManagementFactory.getThreadMXBean().getThreadCount();
    var streams = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
    while (streams.size() < STREAMS) {
      for (int i = 0; i < AT_ONCE; i++) {
        streams.add(open());
      }
      int open = streams.size();
      Await.until(
          () -> node.upstream.calls().size() + " of " + open + " are open, refused: " + refused,
          SOON,
          () -> node.upstream.calls().size() == open);
    }

    int during = ManagementFactory.getThreadMXBean().getThreadCount();
    assertThat(during).isLessThan(before + STREAMS / 5);
    go.countDown();
    assertThat(streams)
        .allSatisfy(stream -> assertThat(TestNode.text(stream.join())).isEqualTo(ONE + ONE + LAST));
    assertThat(node.requests().stream().filter("ok"::equals)).hasSize(STREAMS);
  }

  @Test
  void a_token_revoked_during_a_stream_is_refused_for_further_requests() {
    var stream = client.sendAsync(stream(), BodyHandlers.ofByteArray());
    Await.until("the stream is open", () -> node.upstream.calls().size() == 1);

    node.tokens.revoke(pool.admin, tokenId());

    assertThat(node.chat().statusCode()).isEqualTo(401);
    go.countDown();
    assertThat(TestNode.text(stream.join())).isEqualTo(ONE + ONE + LAST);
    assertThat(node.upstream.calls()).hasSize(1);
  }

  private UUID tokenId() {
    return pool.database.read(
        dsl -> dsl.fetchSingle("select id from gateway_tokens").get(0, UUID.class));
  }

  /**
   * Opens a stream; retries while the database of a busy machine takes too long to assign a key.
   */
  private CompletableFuture<HttpResponse<byte[]>> open() {
    return client
        .sendAsync(stream(), BodyHandlers.ofByteArray())
        .thenCompose(
            answer -> {
              if (answer.statusCode() != 503) {
                return CompletableFuture.completedFuture(answer);
              }
              refused.add(TestNode.text(answer));
              return open();
            });
  }

  private HttpRequest stream() {
    return node.request("/v1/chat/completions")
        .POST(BodyPublishers.ofString(TestNode.chatBody(true)))
        .build();
  }
}
