package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import dev.keywheel.time.Stopwatch;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("full")
class AnswerMemoryTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Maximum number of bytes of answers in memory. */
  private static final long MEMORY = 200_000;

  private static final String HALF = "x".repeat(75_000);

  @Test
  void all_answers_together_use_no_more_memory_than_allowed() {
    try (var pool = new TestPool();
        var node =
            new TestNode(
                pool,
                GatewayTimeouts.DEFAULT,
                Duration.ofSeconds(10),
                provider -> provider,
                MEMORY)) {
      node.pool.add(2);
      var begun = new CountDownLatch(1);
      var goOn = new CountDownLatch(1);
      node.upstream.answer(
          "*",
          call -> {
            call.head(200, "application/json").send("{\"a\":\"" + HALF);
            begun.countDown();
            goOn.await();
            call.send(HALF + "\"}").end();
          },
          StreamUpstream.json(200, "{\"a\":\"" + HALF + HALF + "\"}"));
      var first = CompletableFuture.supplyAsync(node::chat);
      Await.until("the first half was sent", () -> begun.getCount() == 0);

      var answers = new ArrayList<HttpResponse<byte[]>>();
      Await.until(
          "the first half was counted, so that another answer is refused",
          () -> {
            answers.add(node.chat());
            return answers.getLast().statusCode() != 200;
          });
      var second = answers.getLast();
      goOn.countDown();

      assertThat(second.statusCode()).isEqualTo(503);
      assertThat(second.headers().firstValue("retry-after")).contains("1");
      assertThat(TestNode.json(second).path("error").path("code").asText()).isEqualTo("overloaded");
      assertThat(first.join().statusCode()).isEqualTo(200);
      assertThat(node.attempts()).containsOnly("ok", "http_error").containsOnlyOnce("http_error");
      assertThat(node.chat().statusCode()).isEqualTo(200);
      assertThat(node.chat().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void a_client_that_already_has_its_status_gets_an_error_event() throws Exception {
    var hold =
        TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, LONG, Duration.ofMillis(300), LONG);
    try (var pool = new TestPool();
        var node = new TestNode(pool, hold, LONG, provider -> provider, MEMORY)) {
      node.pool.add(1);
      var goOn = new CountDownLatch(1);
      node.upstream.answer(
          "*",
          call -> {
            call.head(200, "application/json");
            goOn.await();
            call.send("{\"a\":\"" + HALF + HALF + HALF + "\"}").end();
          });
      var request =
          node.request("/v1/chat/completions")
              .POST(BodyPublishers.ofString(TestNode.chatBody(true)))
              .build();

      var response = node.http.send(request, BodyHandlers.ofInputStream());
      goOn.countDown();
      String stream = new String(response.body().readAllBytes(), UTF_8);

      assertThat(stream).contains("event: error\ndata: {\"error\":{", "\"overloaded\"");
      assertThat(node.requests()).containsExactly("failed");
      var row = pool.database.read(dsl -> dsl.selectFrom(GATEWAY_REQUESTS).fetchSingle());
      assertThat(row.get(GATEWAY_REQUESTS.HTTP_STATUS)).isEqualTo(200);
      assertThat(row.get(GATEWAY_REQUESTS.REASON)).isEqualTo("overloaded");
    }
  }

  @Test
  void a_large_event_of_a_stream_is_counted_while_it_arrives() {
    try (var pool = new TestPool();
        var node =
            new TestNode(pool, GatewayTimeouts.DEFAULT, LONG, provider -> provider, MEMORY)) {
      node.pool.add(1);
      String content = "data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
      String large = "data: {\"choices\":[{\"delta\":{\"content\":\"" + HALF + HALF + "\"}}]}\n\n";
      node.upstream.answer(
          "*",
          StreamUpstream.stream(large, "data: [DONE]\n\n"),
          StreamUpstream.stream(content, large, "data: [DONE]\n\n"),
          StreamUpstream.stream(content.repeat(5_000), "data: [DONE]\n\n"));

      HttpResponse<byte[]> before = node.post("/v1/chat/completions", TestNode.chatBody(true));
      String after = TestNode.text(node.post("/v1/chat/completions", TestNode.chatBody(true)));
      String many = TestNode.text(node.post("/v1/chat/completions", TestNode.chatBody(true)));

      assertThat(before.statusCode()).isEqualTo(503);
      assertThat(TestNode.json(before).path("error").path("code").asText()).isEqualTo("overloaded");
      assertThat(after).startsWith(content + "event: error\ndata: {").contains("\"overloaded\"");
      assertThat(many).hasSizeGreaterThan(300_000).endsWith("data: [DONE]\n\n");
      assertThat(node.attempts()).containsExactlyInAnyOrder("http_error", "truncated", "ok");
    }
  }

  @Test
  void a_begun_stream_of_a_message_ends_with_an_overload_in_the_format_of_its_api() {
    try (var pool = new TestPool();
        var node =
            new TestNode(pool, GatewayTimeouts.DEFAULT, LONG, provider -> provider, MEMORY)) {
      node.pool.add(1);
      String begin =
          "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"";
      String content = begin + "x\"}}\n\n";
      node.upstream.answer("*", StreamUpstream.stream(content, begin + HALF + HALF + "\"}}\n\n"));

      String answer = TestNode.text(node.post("/v1/messages", TestNode.chatBody(true)));

      assertThat(answer)
          .startsWith(content + "event: error\ndata: {\"type\":\"error\",\"error\":{")
          .contains("\"type\":\"overloaded_error\"");
      assertThat(node.attempts()).containsExactly("truncated");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void large_answers_at_the_same_time_wait_for_one_another(boolean stream) {
    int answers = 8;
    try (var pool = new TestPool();
        var node =
            new TestNode(pool, GatewayTimeouts.DEFAULT, LONG, provider -> provider, 10 * MEMORY)) {
      node.pool.add(answers);
      var all = new CountDownLatch(answers);
      var begin = (stream ? "data: " : "") + "{\"choices\":[{\"delta\":{\"content\":\"";
      node.upstream.answer(
          "*",
          call -> {
            call.head(200, stream ? "text/event-stream" : "application/json");
            call.send(begin + HALF + HALF + HALF + HALF);
            all.countDown();
            all.await();
            call.send(HALF + "\"}}]}" + (stream ? "\n\ndata: [DONE]\n\n" : "")).end();
          });

      var responses = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
      for (int i = 0; i < answers; i++) {
        responses.add(
            CompletableFuture.supplyAsync(
                () -> node.post("/v1/chat/completions", TestNode.chatBody(stream)),
                Thread::startVirtualThread));
      }

      assertThat(responses)
          .allSatisfy(
              response -> {
                assertThat(response.join().statusCode()).isEqualTo(200);
                assertThat(TestNode.text(response.join()))
                    .hasSizeGreaterThan(5 * HALF.length())
                    .doesNotContain("overloaded");
              });
    }
  }

  @Test
  void time_spent_waiting_for_memory_does_not_count_as_a_timeout_of_the_provider() {
    var firstEvent = Duration.ofSeconds(3);
    var limits =
        TestNode.timeouts(LONG, firstEvent, LONG, LONG, firstEvent, LONG, LONG, LONG, LONG);
    try (var pool = new TestPool();
        var node = new TestNode(pool, limits, LONG, provider -> provider, 10 * MEMORY)) {
      node.pool.add(2);
      var begun = new CountDownLatch(2);
      var goOn = new CountDownLatch(1);
      node.upstream.answer(
          "key1",
          call -> {
            call.head(200, "application/json").send("{\"a\":\"" + HALF.repeat(15));
            begun.countDown();
            goOn.await();
            call.send("\"}").end();
          });
      node.upstream.answer(
          "key2",
          call -> {
            call.head(200, "text/event-stream");
            call.send("data: {\"choices\":[{\"delta\":{\"content\":\"" + HALF + HALF);
            begun.countDown();
            call.send("\"}}]}\n\ndata: [DONE]\n\n").end();
          });
      var first = CompletableFuture.supplyAsync(node::chat);
      Await.until("the large answer holds more than half", () -> begun.getCount() == 1);
      var second =
          CompletableFuture.supplyAsync(
              () -> node.post("/v1/chat/completions", TestNode.chatBody(true)));
      Await.until("the event waits", () -> begun.getCount() == 0);
      var waited = new Stopwatch();
      Await.until(
          "the provider's time limit has passed", () -> waited.elapsed().compareTo(firstEvent) > 0);

      goOn.countDown();

      assertThat(first.join().statusCode()).isEqualTo(200);
      assertThat(TestNode.text(second.join())).endsWith("data: [DONE]\n\n");
      assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    }
  }

  @Test
  void an_event_just_above_a_power_of_two_is_counted_with_its_size() {
    try (var pool = new TestPool();
        var node =
            new TestNode(pool, GatewayTimeouts.DEFAULT, LONG, provider -> provider, MEMORY)) {
      node.pool.add(1);
      String large = "data: {\"choices\":[{\"delta\":{\"content\":\"" + "x".repeat(66_000);
      node.upstream.answer(
          "*",
          call -> {
            call.head(200, "text/event-stream").send(large);
            for (int i = 0; i < 50; i++) { // so that some are read separately
              call.send("y");
              Thread.yield();
            }
            call.send("\"}}]}\n\ndata: [DONE]\n\n").end();
          });

      var answer = node.post("/v1/chat/completions", TestNode.chatBody(true));

      assertThat(TestNode.text(answer)).startsWith(large).endsWith("data: [DONE]\n\n");
    }
  }

  @Test
  void an_error_is_classified_although_it_exceeds_the_memory_for_answers() {
    try (var pool = new TestPool();
        var node =
            new TestNode(pool, GatewayTimeouts.DEFAULT, LONG, provider -> provider, MEMORY)) {
      node.pool.add(2);
      String large = "{\"error\":{\"message\":\"" + HALF + HALF + HALF + "\",\"code\":429}}";
      node.upstream.answer("key1", StreamUpstream.json(429, large));

      assertThat(node.chat().statusCode()).isEqualTo(200);
      assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    }
  }
}
