package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static dev.keywheel.gateway.call.TestNode.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Call;
import dev.keywheel.support.TestPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The API gives other sites no access, and does not store credentials or bodies. */
class GatewaySecurityTest {
  private static final String KEY = "sk-or-v1-" + "0123456789abcdef".repeat(4);

  private static final int SLOTS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  private static final long UPLOAD = 48L << 20;

  @AutoClose private static final TestPool pool = new TestPool();
  @AutoClose private static final TestNode node = new TestNode(pool);

  @BeforeAll
  static void start() {
    node.pool.add(2);
  }

  @AfterEach
  void answerAsUsual() {
    node.upstream.answer("*", StreamUpstream.json(200, ScriptedUpstream.ok().body()));
  }

  @Test
  void a_key_sent_in_a_wrong_place_is_neither_stored_nor_repeated() {
    String token = node.token();
    var response =
        node.send(
            node.request("/v1/chat/completions")
                .header("User-Agent", "x".repeat(190) + " " + KEY)
                .header("X-Client-Request-Id", token)
                .POST(BodyPublishers.ofString("{\"model\":\"" + KEY + "\"}"))
                .build());
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(new String(response.body(), UTF_8)).contains("…cdef").doesNotContain("sk-or");
    assertThat(node.requests()).hasSize(1);
    String stored =
        pool.database.read(dsl -> dsl.selectFrom(GATEWAY_REQUESTS).fetchSingle().formatJSON());
    assertThat(stored).contains("cdef").doesNotContain("sk-or", token.substring(0, 16));
  }

  @Test
  void clients_without_a_token_do_not_delay_clients_with_a_token() throws Exception {
    var anonymousSlots = node.anonymousSlots;
    for (int i = 0; i < SLOTS; i++) {
      assertThat(anonymousSlots.acquire()).isTrue();
    }
    var anonymous = HttpRequest.newBuilder(node.uri("/v1/models")).build();
    var waiting = node.http.sendAsync(anonymous, BodyHandlers.ofByteArray());
    Await.until("the request waits", () -> anonymousSlots.waiting() == 1);
    assertThat(node.send(node.request("/v1/models").build()).statusCode()).isEqualTo(200);
    for (int i = 0; i < SLOTS; i++) {
      anonymousSlots.release(Duration.ZERO);
    }
    assertThat(waiting.get().statusCode()).isEqualTo(401);
  }

  @Test
  void clients_without_a_token_get_429_when_too_many_wait() throws Exception {
    var anonymousSlots = node.anonymousSlots;
    for (int i = 0; i < SLOTS; i++) {
      assertThat(anonymousSlots.acquire()).isTrue();
    }
    var waiting = new ArrayList<Thread>();
    try {
      for (int i = 0; i < AnonymousSlots.MAX_WAITING; i++) {
        waiting.add(Thread.ofVirtual().start(anonymousSlots::admitRefusal));
      }
      Await.until("all wait", () -> anonymousSlots.waiting() == AnonymousSlots.MAX_WAITING);

      var response = node.send(HttpRequest.newBuilder(node.uri("/v1/models")).build());

      assertError(response, 429, "rate_limit_exceeded");
      assertThat(response.headers().firstValue("retry-after")).contains("10");
    } finally {
      waiting.forEach(Thread::interrupt);
      for (Thread thread : waiting) {
        thread.join();
      }
      for (int i = 0; i < SLOTS; i++) {
        anonymousSlots.release(Duration.ZERO);
      }
    }
  }

  @Test
  void clients_without_a_token_that_never_stop_sending_are_refused_and_hold_no_slot()
      throws Exception {
    var anonymousSlots = node.anonymousSlots;
    var begun = new CountDownLatch(SLOTS);
    var uploads = new ArrayList<Future<Long>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < SLOTS; i++) {
        uploads.add(threads.submit(() -> upload(begun)));
      }
      begun.await();
      var anonymous = HttpRequest.newBuilder(node.uri("/v1/models")).build();
      var other = node.http.sendAsync(anonymous, BodyHandlers.ofByteArray());
      Await.until(
          "the request is answered or waits", () -> other.isDone() || anonymousSlots.waiting() > 0);
      assertThat(anonymousSlots.waiting()).isZero();
    }
    for (var upload : uploads) {
      assertThat(upload.get()).isLessThan(UPLOAD);
    }
  }

  /** Returns the number of bytes sent before the refusal arrived. */
  private static long upload(CountDownLatch begun) throws Exception {
    var never = new CountDownLatch(1);
    long sent = 0;
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
      var out = socket.getOutputStream();
      String head =
          "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + UPLOAD;
      out.write((head + "\r\n\r\n").getBytes(UTF_8));
      while (sent < UPLOAD && socket.getInputStream().available() == 0) {
        out.write(new byte[64 << 10]);
        sent += 64 << 10;
        if (sent == 1 << 20) {
          begun.countDown();
        }
        never.await(10, TimeUnit.MILLISECONDS);
      }
    } catch (IOException closed) {
      // The server closed the connection after its refusal.
    } finally {
      begun.countDown();
    }
    return sent;
  }

  @Test
  void a_refusal_caused_by_the_state_of_the_server_does_not_wait_for_a_slot() throws Exception {
    var anonymousSlots = node.anonymousSlots;
    for (int i = 0; i < SLOTS; i++) {
      assertThat(anonymousSlots.acquire()).isTrue();
    }
    pool.database.setUnavailable(true);
    try {
      var anonymous = HttpRequest.newBuilder(node.uri("/v1/models")).build();
      var answer = node.http.sendAsync(anonymous, BodyHandlers.ofByteArray());
      Await.until(
          "the request is answered or waits",
          () -> answer.isDone() || anonymousSlots.waiting() > 0);
      assertThat(anonymousSlots.waiting()).isZero();
      assertThat(answer.get().statusCode()).isEqualTo(503);
    } finally {
      pool.database.setUnavailable(false);
      for (int i = 0; i < SLOTS; i++) {
        anonymousSlots.release(Duration.ZERO);
      }
    }
  }

  @Test
  void a_key_that_the_provider_repeats_in_an_answer_does_not_reach_the_client() {
    node.upstream.answer(
        "*",
        call ->
            call.head(200, "application/json", "X-Request-Id", secret(call))
                .send(
                    "{\"id\":\"gen-1\",\"sent\":[\"Bearer " + secret(call) + "\"],\"choices\":[]}")
                .end());

    var answer = node.chat();

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(TestNode.text(answer))
        .isEqualTo("{\"id\":\"gen-1\",\"sent\":[\"Bearer ***\"],\"choices\":[]}");
    assertThat(answer.headers().toString()).doesNotContain("secret-of");
  }

  @Test
  void a_key_that_the_provider_repeats_in_a_stream_does_not_reach_the_client() {
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(": " + secret(call) + "\n\n");
          call.send("data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"sk-or-v1-te");
          call.send("st-secret-of-" + call.key() + " " + secret(call) + "\"}}]}\n\n");
          call.send("data: {\"error\":{\"message\":\"" + secret(call) + "\"}}\n\n").end();
        });

    String stream = TestNode.text(node.post("/v1/chat/completions", TestNode.chatBody(true)));

    assertThat(stream).contains("{\"content\":\"*** ***\"}", "{\"message\":\"***\"}");
    assertThat(stream).doesNotContain("secret-of");
  }

  private static String secret(Call call) {
    return "sk-or-v1-test-secret-of-" + call.key();
  }

  @Test
  void no_other_site_can_read_an_answer_or_gets_a_preflight_accepted() {
    for (String method : new String[] {"OPTIONS", "GET"}) {
      var response =
          node.send(
              node.request("/v1/models")
                  .header("Origin", "https://evil.example")
                  .header("Access-Control-Request-Method", "POST")
                  .method(method, BodyPublishers.noBody())
                  .build());
      assertThat(response.headers().map().keySet())
          .allMatch(name -> !name.toLowerCase(Locale.ROOT).startsWith("access-control-"));
      assertThat(response.headers().firstValue("x-content-type-options")).contains("nosniff");
      assertThat(response.headers().firstValue("cache-control")).contains("no-store");
      assertThat(response.headers().firstValue("content-security-policy"))
          .contains("default-src 'none'; frame-ancestors 'none'");
    }
  }
}
