package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRefusalTest.assertError;
import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Time, silence and departures in exchanges that have begun. */
class GatewayStreamTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);

  @AutoClose private static final TestPool pool = new TestPool();

  private final CountDownLatch over = new CountDownLatch(1);
  private @Nullable TestNode started;

  @AfterEach
  void stop() {
    over.countDown();
    if (started != null) {
      started.close();
    }
  }

  private TestNode node(GatewayTimeouts timeouts) {
    return node(timeouts, Duration.ofSeconds(10));
  }

  private TestNode node(GatewayTimeouts timeouts, Duration finishWithin) {
    TestNode node = new TestNode(pool, timeouts, finishWithin, provider -> provider);
    node.pool.add(2);
    started = node;
    return node;
  }

  private static GatewayTimeouts patient() {
    return new GatewayTimeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/messages", "/v1/responses"})
  void a_cut_after_content_is_told_in_the_client_s_protocol(String path) {
    TestNode node = node(patient());
    String begun =
        switch (path) {
          case "/v1/messages" ->
              "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n";
          case "/v1/responses" ->
              "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"
                  + "\"response\":{\"id\":\"resp_1\"}}\n\n";
          default -> ONE;
        };
    node.upstream.answer(
        "*", call -> call.head(200, "text/event-stream").send(begun + "data: {\"ha").cut());

    String text = TestNode.text(stream(node, path));

    assertThat(text).startsWith(begun);
    assertThat(text.substring(begun.length()))
        .startsWith(
            switch (path) {
              case "/v1/messages" -> "event: error\ndata: {\"type\":\"error\"";
              case "/v1/responses" -> "event: response.failed\ndata: {\"type\":\"response.failed\"";
              default -> "event: error\ndata: {\"error\":{";
            });
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.requests()).containsExactly("truncated");
    assertThat(node.attempts()).containsExactly("truncated");
  }

  @Test
  void a_clean_end_without_a_finish_is_no_end_either() {
    TestNode node = node(patient());
    node.upstream.answer("*", StreamUpstream.stream(ONE));

    assertThat(TestNode.text(stream(node, "/v1/chat/completions")))
        .startsWith(ONE + "event: error\n")
        .contains("upstream_truncated")
        .doesNotContain("[DONE]");
    assertThat(node.requests()).containsExactly("truncated");
  }

  @Test
  void a_stream_that_ends_before_content_is_taken_over_by_another_key() {
    TestNode node = node(patient());
    node.upstream.answer("key1", StreamUpstream.stream(": wait\n\n"));
    node.upstream.answer("key2", StreamUpstream.stream(ONE, LAST));

    assertThat(TestNode.text(stream(node, "/v1/chat/completions"))).isEqualTo(ONE + LAST);
  }

  @Test
  void a_client_that_waits_gets_its_status_and_comments_and_then_another_key_s_answer() {
    var hold = new GatewayTimeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, SHORT, LONG);
    TestNode node = node(hold);
    var go = new CountDownLatch(1);
    node.upstream.answer(
        "key1",
        call -> {
          call.head(200, "text/event-stream").send(": a comment of the provider\n\n");
          go.await();
          call.cut();
        });
    node.upstream.answer("key2", StreamUpstream.stream(ONE, LAST));

    var response = begin(node, TestNode.chatBody(true));
    assertThat(response.statusCode()).isEqualTo(200);
    String before = read(response.body(), ": keep-alive\n\n: keep-alive\n\n");
    go.countDown();
    String after = rest(response.body());

    assertThat(before).doesNotContain("data:");
    assertThat(after.replace(": keep-alive\n\n", "")).isEqualTo(ONE + LAST);
    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    assertThat(node.requests()).containsExactly("ok");
  }

  @Test
  void an_error_after_the_status_is_an_event() {
    TestNode node =
        node(new GatewayTimeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, SHORT, LONG));
    var go = new CountDownLatch(1);
    node.upstream.answer(
        "*",
        call -> {
          go.await();
          StreamUpstream.json(400, "{\"error\":{\"message\":\"no\",\"code\":400}}").answer(call);
        });

    var response = begin(node, TestNode.chatBody(true));
    read(response.body(), ": keep-alive\n\n");
    go.countDown();

    assertThat(rest(response.body())).contains("event: error\ndata: {\"error\":{");
    assertThat(node.requests()).containsExactly("failed");
  }

  @Test
  void comments_without_content_do_not_prolong_a_stream() {
    var first = new GatewayTimeouts(LONG, SHORT, LONG, LONG, LONG, LONG, LONG, LONG, LONG);
    TestNode node = node(first);
    node.upstream.answer("*", this::commentsOnly);

    assertError(stream(node, "/v1/chat/completions"), 504, "upstream_timeout");
    assertThat(node.attempts()).containsExactly("timeout", "timeout");
    for (var call : node.upstream.calls()) {
      Await.until("the provider's connection is closed", call::isGone);
    }
  }

  @Test
  @Timeout(50) // shorter than the other limits, one of which would end the stream as well
  void after_content_comments_alone_end_the_stream_with_an_error() {
    TestNode node =
        node(new GatewayTimeouts(LONG, LONG, LONG, LONG, SHORT, LONG, LONG, LONG, LONG));
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE);
          comments(call);
        });

    assertThat(TestNode.text(stream(node, "/v1/chat/completions")))
        .startsWith(ONE)
        .contains("upstream_timeout");
    assertThat(node.requests()).containsExactly("truncated");
  }

  @Test
  void silence_after_content_ends_the_stream_with_an_error() {
    TestNode node =
        node(new GatewayTimeouts(LONG, LONG, LONG, SHORT, LONG, LONG, LONG, LONG, LONG));
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE);
          over.await();
        });

    assertThat(TestNode.text(stream(node, "/v1/chat/completions"))).contains("upstream_timeout");
  }

  @Test
  void silence_after_the_finish_of_the_only_choice_of_two_ends_the_stream_as_complete() {
    TestNode node =
        node(new GatewayTimeouts(LONG, LONG, LONG, SHORT, LONG, LONG, LONG, LONG, LONG));
    String text = ONE + LAST.replace("data: [DONE]\n\n", "");
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(text);
          over.await();
        });
    String two = TestNode.chatBody(true).replace("{\"model\"", "{\"n\":2,\"model\"");

    assertThat(TestNode.text(node.post("/v1/chat/completions", two))).isEqualTo(text);
    assertThat(node.requests()).containsExactly("ok");
  }

  @Test
  void blank_bytes_are_no_answer() {
    TestNode node =
        node(new GatewayTimeouts(LONG, LONG, SHORT, LONG, LONG, LONG, LONG, LONG, LONG));
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "application/json");
          while (!call.isGone()) {
            call.send("\n");
            over.await(20, TimeUnit.MILLISECONDS);
          }
        });

    assertError(node.chat(), 504, "upstream_timeout");
    assertThat(node.attempts()).containsExactly("timeout", "timeout");
  }

  @Test
  void a_whole_answer_after_blank_bytes_passes() {
    TestNode node = node(patient());
    node.upstream.answer(
        "*", call -> call.head(200, "application/json").send("\n\n").send("{\"id\":\"1\"}").end());

    assertThat(TestNode.text(node.chat())).isEqualTo("\n\n{\"id\":\"1\"}");
  }

  /** The states in which a client may leave. */
  enum Departure {
    BEFORE_THE_FIRST_BYTE,
    IN_THE_STREAM,
    NOT_STREAMED
  }

  @ParameterizedTest
  @EnumSource(Departure.class)
  void a_client_that_leaves_ends_the_provider_s_work_at_once(Departure when) throws Exception {
    TestNode node = node(patient());
    node.upstream.answer(
        "*",
        call -> {
          if (when == Departure.IN_THE_STREAM) {
            call.head(200, "text/event-stream").send(ONE);
          }
          over.await();
        });
    try (var socket = socket(node, TestNode.chatBody(when != Departure.NOT_STREAMED))) {
      Await.until("the call arrives", () -> node.upstream.calls().size() == 1);
      if (when == Departure.IN_THE_STREAM) {
        read(socket.getInputStream(), "\"a\"");
      }
      long left = System.nanoTime();
      socket.close();
      long gone = node.upstream.calls().getFirst().awaitGone();
      assertThat(Duration.ofNanos(gone - left)).isLessThan(Duration.ofSeconds(5));
    }

    assertThat(node.requests()).containsExactly("client_gone");
    assertThat(node.attempts()).containsExactly("client_gone");
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void a_connection_is_used_again_after_an_answer() throws Exception {
    TestNode node = node(patient());
    node.upstream.answer("*", StreamUpstream.stream(ONE, LAST));
    try (var socket = socket(node, TestNode.chatBody(true))) {
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
    TestNode node =
        node(new GatewayTimeouts(LONG, LONG, LONG, LONG, LONG, LONG, SHORT, LONG, LONG));
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
    try (var _ = socket(node, TestNode.chatBody(true))) {
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
    TestNode node = node(patient(), Duration.ofMillis(500));
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
    assertError(node.chat(), 503, "service_unavailable");
    finish.countDown();

    assertThat(rest(inTime.body())).isEqualTo(LAST);
    assertThat(rest(late.body())).contains("event: error").contains("service_unavailable");
    assertThat(node.requests()).containsExactlyInAnyOrder("ok", "truncated");
  }

  @Test
  void a_stream_that_had_its_end_is_whole_although_the_node_stops() {
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

  private void commentsOnly(StreamUpstream.Call call) throws IOException, InterruptedException {
    call.head(200, "text/event-stream");
    comments(call);
  }

  private void comments(StreamUpstream.Call call) throws IOException, InterruptedException {
    while (!call.isGone() && over.getCount() > 0) {
      call.send(": OPENROUTER PROCESSING\n\n");
      over.await(20, TimeUnit.MILLISECONDS);
    }
  }

  private static HttpResponse<byte[]> stream(TestNode node, String path) {
    return node.post(path, TestNode.chatBody(true));
  }

  private static HttpResponse<InputStream> begin(TestNode node, String body) {
    try {
      return node.http.send(
          node.request("/v1/chat/completions").POST(BodyPublishers.ofString(body)).build(),
          BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Socket socket(TestNode node, String body) throws IOException {
    var socket = new Socket("127.0.0.1", node.port());
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

  /** Reads until the text has come. */
  private static String read(InputStream in, String until) {
    var text = new ByteArrayOutputStream();
    try {
      while (!text.toString(UTF_8).endsWith(until)) {
        int next = in.read();
        if (next < 0) {
          throw new AssertionError("ended after " + text.toString(UTF_8));
        }
        text.write(next);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return text.toString(UTF_8);
  }

  private static String rest(InputStream in) {
    try {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
