package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static dev.keywheel.gateway.call.TestNode.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Clients that leave or do not read, and a node that stops, during an exchange. */
@Tag("full")
class GatewayDepartureTest extends ExchangesWithNode {
  /** The states in which a client may leave. */
  enum Departure {
    BEFORE_THE_FIRST_BYTE,
    IN_THE_STREAM,
    NOT_STREAMED
  }

  /** Each state, with and without a reset of the connection. */
  static Stream<Arguments> departures() {
    return Stream.of(Departure.values())
        .flatMap(when -> Stream.of(true, false).map(reset -> Arguments.of(when, reset)));
  }

  @ParameterizedTest
  @MethodSource("departures")
  void a_client_that_disconnects_aborts_the_call_to_the_provider_at_once(
      Departure when, boolean reset) throws Exception {
    TestNode node = node(patient());
    node.upstream.answer(
        "*",
        call -> {
          if (when == Departure.IN_THE_STREAM) {
            call.head(200, "text/event-stream").send(ONE);
          }
          over.await();
        });
    try (var socket = openAndSend(node, TestNode.chatBody(when != Departure.NOT_STREAMED))) {
      Await.until("the call arrives", () -> node.upstream.calls().size() == 1);
      if (when == Departure.IN_THE_STREAM) {
        read(socket.getInputStream(), "\"a\"");
      }
      long left = System.nanoTime();
      if (reset) {
        socket.setSoLinger(true, 0);
      }
      socket.close();
      long gone = node.upstream.calls().getFirst().awaitGone();
      assertThat(Duration.ofNanos(gone - left))
          .as("long before any timeout of the call")
          .isLessThan(LONG.dividedBy(2));
    }

    assertThat(node.requests()).containsExactly("client_gone");
    assertThat(node.attempts()).containsExactly("client_gone");
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_client_that_half_closes_its_connection_gets_no_regular_end(boolean streamed)
      throws Exception {
    TestNode node = node(patient());
    node.upstream.answer(
        "*",
        call -> {
          if (streamed) {
            call.head(200, "text/event-stream").send(ONE);
          }
          over.await();
        });
    try (var socket = openAndSend(node, TestNode.chatBody(streamed))) {
      Await.until("the call arrives", () -> node.upstream.calls().size() == 1);
      if (streamed) {
        read(socket.getInputStream(), "\"a\"");
      }
      socket.shutdownOutput();

      assertThat(untilClosed(socket)).doesNotContain("HTTP/1.1", "\r\n0\r\n");
    }
    assertThat(node.requests()).containsExactly("client_gone");
    assertThat(node.attempts()).containsExactly("client_gone");
  }

  /** Reads until the connection ends, even if by a reset. */
  private static String untilClosed(Socket socket) {
    var text = new ByteArrayOutputStream();
    try {
      socket.getInputStream().transferTo(text);
    } catch (IOException reset) {
      // The connection was reset.
    }
    return text.toString(UTF_8);
  }

  @Test
  void a_request_that_fails_before_its_body_is_read_does_not_stay_open() {
    Duration tooLong = Duration.ofMillis(Long.MAX_VALUE);
    TestNode node =
        node(TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, tooLong, LONG, LONG));
    var lines = new ListAppender<ILoggingEvent>();
    var log = (Logger) LoggerFactory.getLogger(Gateway.class);
    lines.start();
    log.addAppender(lines);
    try {
      assertError(node.chat(), 500, "internal_error");
      node.gateway.stop();
    } finally {
      log.detachAppender(lines);
    }

    assertThat(lines.list).as("the number of open requests").isEmpty();
  }

  @Test
  void a_connection_is_used_again_after_an_answer() throws Exception {
    TestNode node = node(patient());
    node.upstream.answer("*", StreamUpstream.stream(ONE, LAST));
    try (var socket = openAndSend(node, TestNode.chatBody(true))) {
      for (int i = 0; i < 3; i++) {
        read(socket.getInputStream(), "[DONE]\n\n\r\n0\r\n\r\n");
        send(socket, node, TestNode.chatBody(true));
      }
      read(socket.getInputStream(), "[DONE]\n\n\r\n0\r\n\r\n");
    }
    assertThat(node.requests()).containsExactly("ok", "ok", "ok", "ok");
  }

  @Test
  void a_client_that_does_not_read_slows_the_provider_down_and_is_disconnected() throws Exception {
    TestNode node = node(TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, SHORT, LONG, LONG));
    var sent = new AtomicLong();
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream");
          String event = ONE.replace("\"a\"", "\"" + "a".repeat(60_000) + "\"");
          for (int i = 0; i < 2_000; i++) {
            call.send(event);
            sent.addAndGet(event.length());
          }
        });
    try (var _ = openAndSend(node, TestNode.chatBody(true))) {
      Await.until("the call arrives", () -> node.upstream.calls().size() == 1);
      assertThat(node.requests()).containsExactly("client_gone");
    }
    assertThat(sent.get()).isLessThan(60L << 20);
    String reason =
        node.pool
            .database
            .read(
                dsl -> dsl.fetch("select reason from gateway_requests").getValues(0, String.class))
            .getFirst();
    assertThat(reason).isEqualTo("client_stalled");
  }

  @Test
  void a_node_that_stops_lets_streams_finish_for_a_while_and_then_ends_them_with_an_error() {
    TestNode node = node(patient(), Duration.ofMillis(1_500));
    var finish = new CountDownLatch(1);
    node.upstream.answer(
        "key1",
        call -> {
          call.head(200, "text/event-stream").send(ONE);
          finish.await();
          call.send(LAST).end();
        });
    node.upstream.answer(
        "key2",
        call -> {
          call.head(200, "text/event-stream").send(ONE);
          over.await();
        });
    var inTime = begin(node, TestNode.chatBody(true));
    var late = begin(node, TestNode.chatBody(true));
    read(inTime.body(), ONE);
    read(late.body(), ONE);

    node.gateway.stop();
    finish.countDown();

    assertThat(rest(inTime.body())).isEqualTo(LAST);
    assertError(node.chat(), 503, "service_unavailable");
    assertThat(rest(late.body())).contains("event: error").contains("service_unavailable");
    assertThat(node.requests()).containsExactlyInAnyOrder("ok", "truncated");
  }

  @Test
  void a_stream_that_has_reached_its_end_is_complete_although_the_node_stops() {
    TestNode node = node(patient(), Duration.ZERO);
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE + LAST);
          over.await();
        });
    var ended = begin(node, TestNode.chatBody(true));
    read(ended.body(), ONE + LAST);

    node.gateway.stop();

    assertThat(rest(ended.body())).isEmpty();
    assertThat(node.requests()).containsExactly("ok");
  }

  private static Socket openAndSend(TestNode node, String body) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
    send(socket, node, body);
    return socket;
  }

  private static void send(Socket socket, TestNode node, String body) throws IOException {
    String head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
            + node.token()
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n";
    socket.getOutputStream().write((head + body).getBytes(UTF_8));
    socket.getOutputStream().flush();
  }
}
