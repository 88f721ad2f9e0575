package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that clients repeat under an {@code Idempotency-Key}. */
class IdempotencyTest {
  private TestPool pool;
  private TestNode node;

  @BeforeEach
  void start() {
    pool = new TestPool();
    node = new TestNode(pool);
    pool.add(2);
  }

  @AfterEach
  void stop() {
    node.close();
    pool.close();
  }

  @Test
  void the_second_request_waits_for_the_first_and_is_then_told_that_it_was_answered()
      throws Exception {
    var release = new CountDownLatch(1);
    node.upstream.answer(
        "*",
        call -> {
          release.await();
          StreamUpstream.json(200, ANSWER).answer(call);
        });
    var first = node.http.sendAsync(request("one", node.token()), BodyHandlers.ofByteArray());
    Await.until("the first is at the provider", () -> node.upstream.calls().size() == 1);

    assertError(send("one"), 409, "idempotency_in_progress");
    assertThat(send("one").headers().firstValue("retry-after")).contains("1");
    release.countDown();
    String id = first.join().headers().firstValue("x-request-id").orElseThrow();
    node.requests();

    HttpResponse<byte[]> repeated = send("one");
    assertError(repeated, 409, "idempotency_key_used");
    assertThat(TestNode.text(repeated)).contains(id);
    assertThat(repeated.headers().firstValue("x-should-retry")).contains("false");
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void a_key_is_of_one_token_and_of_one_day() {
    assertThat(send("one").statusCode()).isEqualTo(200);
    assertThat(send("two").statusCode()).isEqualTo(200);
    assertThat(node.send(request("one", node.token(TokenScope.ALL))).statusCode()).isEqualTo(200);
    node.requests();
    assertError(send("one"), 409, "idempotency_key_used");

    pool.clock.tick(Duration.ofHours(25));
    assertThat(send("one").statusCode()).isEqualTo(200);
  }

  @Test
  void a_request_that_failed_can_be_repeated_with_its_key() {
    node.upstream.answer(
        "*", StreamUpstream.json(400, "{\"error\":{\"code\":400,\"message\":\"no\"}}"));
    assertThat(send("one").statusCode()).isEqualTo(400);
    node.requests();
    node.upstream.answer("*", StreamUpstream.json(200, ANSWER));

    assertThat(send("one").statusCode()).isEqualTo(200);
  }

  private static final String ANSWER =
      "{\"id\":\"gen-1\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
          + "\"message\":{\"content\":\"hello\"}}]}";

  private HttpResponse<byte[]> send(String key) {
    return node.send(request(key, node.token()));
  }

  private HttpRequest request(String key, String token) {
    return HttpRequest.newBuilder(node.uri("/v1/chat/completions"))
        .header("Authorization", "Bearer " + token)
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", key)
        .POST(BodyPublishers.ofString(TestNode.chatBody(false)))
        .build();
  }

  private static void assertError(HttpResponse<byte[]> response, int status, String code) {
    assertThat(response.statusCode()).as(TestNode.text(response)).isEqualTo(status);
    assertThat(TestNode.json(response).path("error").path("code").asText()).isEqualTo(code);
  }
}
