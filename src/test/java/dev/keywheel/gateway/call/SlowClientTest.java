package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.TestPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that send or receive slowly. */
@Tag("full")
class SlowClientTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Longer than a busy machine lets a provider wait. */
  private static final Duration SHORT = Duration.ofSeconds(1);

  private static final Duration UPLOAD = Duration.ofMillis(300);

  @AutoClose private static final TestPool pool = new TestPool();

  private static TestNode node(Duration silence, Duration upload) {
    var timeouts = TestNode.timeouts(LONG, LONG, LONG, silence, silence, LONG, LONG, LONG, upload);
    var node = new TestNode(pool, timeouts, Duration.ofSeconds(10), provider -> provider);
    node.pool.add(1);
    return node;
  }

  private static Socket openAndSend(TestNode node, int length, String body) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
    String head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
            + node.token()
            + "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
            + length
            + "\r\n\r\n";
    socket.getOutputStream().write((head + body).getBytes(UTF_8));
    socket.getOutputStream().flush();
    return socket;
  }

  @Test
  void a_body_that_arrives_too_slowly_gets_408() throws Exception {
    try (var node = node(LONG, UPLOAD);
        var socket = openAndSend(node, 100, "{")) {
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .startsWith("HTTP/1.1 408")
          .contains("The request arrives too slowly.");
    }
  }

  @Test
  void a_revoked_token_is_reported_even_when_the_body_arrives_too_slowly() throws Exception {
    try (var node = node(LONG, UPLOAD)) {
      assertThat(node.send(node.request("/v1/models").build()).statusCode()).isEqualTo(200);
      node.tokens.revoke(pool.admin, node.tokens.latest(pool.workspace, 1).getFirst().id());
      try (var socket = openAndSend(node, 100, "{")) {
        assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
            .startsWith("HTTP/1.1 401")
            .contains("revoked");
      }
    }
  }

  @Test
  void the_duration_of_a_request_begins_with_its_first_bytes() throws Exception {
    String body = TestNode.chatBody(false);
    try (var node = node(LONG, LONG);
        var socket = openAndSend(node, body.length(), "{")) {
      Instant before = pool.clock.instant();
      assertThat(new CountDownLatch(1).await(100, TimeUnit.MILLISECONDS)).isFalse();
      socket.getOutputStream().write(body.substring(1).getBytes(UTF_8));
      socket.getInputStream().readAllBytes();

      node.requests();
      Instant started =
          pool.database.read(
              dsl ->
                  dsl.fetchSingle("select started_at from gateway_requests").get(0, Instant.class));
      assertThat(started).isBefore(before);
    }
  }

  @Test
  void time_in_which_the_client_reads_nothing_does_not_count_as_silence_of_the_provider()
      throws Exception {
    var never = new CountDownLatch(1);
    String body = TestNode.chatBody(true);
    try (var node = node(SHORT, LONG)) {
      String event = ONE.replace("\"a\"", '"' + "a".repeat(30_000) + '"');
      node.upstream.answer(
          "*",
          call -> {
            call.head(200, "text/event-stream");
            for (int i = 0; i < 800; i++) {
              call.send(event);
            }
            call.send(LAST).end();
          });
      try (var socket = openAndSend(node, body.length(), body)) {
        Await.until("the call arrives", () -> node.upstream.calls().size() == 1);
        assertThat(never.await(SHORT.toMillis() * 2, TimeUnit.MILLISECONDS)).isFalse();

        assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
            .contains("[DONE]")
            .doesNotContain("upstream_timeout");
      }
      assertThat(node.requests()).containsExactly("ok");
    }
  }
}
