package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class AnswerMemoryTest {
  private static final long MOST = 200_000;
  private static final String HALF = "x".repeat(75_000);

  @Test
  void answers_hold_no_more_memory_together_than_allowed() {
    try (var pool = new TestPool();
        var node =
            new TestNode(
                pool, TestNode.PATIENT, Duration.ofSeconds(10), provider -> provider, MOST)) {
      node.pool.add(2);
      var begun = new CountDownLatch(1);
      var goOn = new CountDownLatch(1);
      node.upstream.answer(
          "key1",
          call -> {
            call.head(200, "application/json").send("{\"a\":\"" + HALF);
            begun.countDown();
            goOn.await();
            call.send(HALF + "\"}").end();
          });
      node.upstream.answer("key2", StreamUpstream.json(200, "{\"a\":\"" + HALF + HALF + "\"}"));
      var first = CompletableFuture.supplyAsync(node::chat);
      Await.until("the first half was sent", () -> begun.getCount() == 0);

      HttpResponse<byte[]> second = node.chat();
      goOn.countDown();

      assertThat(second.statusCode()).isEqualTo(503);
      assertThat(second.headers().firstValue("retry-after")).contains("1");
      assertThat(TestNode.json(second).path("error").path("code").asText()).isEqualTo("overloaded");
      assertThat(first.join().statusCode()).isEqualTo(200);
      assertThat(node.attempts()).containsExactlyInAnyOrder("ok", "http_error");
      assertThat(node.chat().statusCode()).isEqualTo(200);
      assertThat(node.chat().statusCode()).isEqualTo(200);
    }
  }
}
