package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.GATEWAY_IDEMPOTENCY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.ledger.IdempotencyKeys;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that clients repeat under an {@code Idempotency-Key}. */
@Tag("full")
class IdempotencyTest {
  @AutoClose private final TestPool pool = new TestPool();
  @AutoClose private final TestNode node = new TestNode(pool);

  @BeforeEach
  void start() {
    pool.add(2);
  }

  @Test
  void a_repeated_request_gets_409_while_the_first_is_in_flight_and_after_its_answer()
      throws Exception {
    var release = new CountDownLatch(1);
    node.upstream.answer(
        "*",
        call -> {
          release.await();
          StreamUpstream.json(200, ANSWER).answer(call);
        });
    var first = node.http.sendAsync(request("one", node.token()), BodyHandlers.ofByteArray());
    Await.until("the provider has received the first", () -> node.upstream.calls().size() == 1);

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
  void an_idempotency_key_belongs_to_one_token_for_one_day() {
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

  @Test
  void a_repetition_right_after_the_answer_is_sent_only_if_the_first_request_failed() {
    assertThat(send("one").statusCode()).isEqualTo(200);
    assertError(send("one"), 409, "idempotency_key_used");

    node.upstream.answer(
        "*", StreamUpstream.json(400, "{\"error\":{\"code\":400,\"message\":\"no\"}}"));
    assertThat(send("two").statusCode()).isEqualTo(400);
    node.upstream.answer("*", StreamUpstream.json(200, ANSWER));
    assertThat(send("two").statusCode()).isEqualTo(200);
  }

  @Test
  void a_stream_that_failed_after_content_keeps_the_key() {
    node.upstream.answer(
        "*",
        StreamUpstream.stream(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
            "data: {\"error\":{\"code\":502,\"message\":\"gone\"}}\n\n"));
    assertThat(node.send(request("one", node.token(), true)).statusCode()).isEqualTo(200);
    assertThat(node.requests()).containsExactly("failed");

    HttpResponse<byte[]> repeated = send("one");
    assertError(repeated, 409, "idempotency_key_used");
    assertThat(TestNode.text(repeated)).contains("ended as failed;");
  }

  @ParameterizedTest
  @ValueSource(strings = {"client_gone", "aborted", "unknown"})
  void a_request_that_ended_without_an_answer_can_be_repeated_only_if_no_call_was_sent(
      String state) {
    assertThat(send("one").statusCode()).isEqualTo(200);
    node.requests();
    pool.test.asOwner("update gateway_requests set state = '" + state + "'");

    HttpResponse<byte[]> repeated = send("one");
    assertError(repeated, 409, "idempotency_key_used");
    assertThat(TestNode.text(repeated))
        .contains(
            "ended as "
                + state
                + "; the provider may have charged for it. Send a new Idempotency-Key")
        .doesNotContain("was answered");

    pool.test.asOwner("update gateway_attempts set state = 'not_sent'");
    assertThat(send("one").statusCode()).isEqualTo(200);
  }

  @Test
  void a_truncated_answer_keeps_the_key_and_is_not_reported_as_answered() {
    assertThat(send("one").statusCode()).isEqualTo(200);
    node.requests();
    pool.test.asOwner("update gateway_requests set state = 'truncated'");
    pool.test.asOwner("update gateway_attempts set state = 'not_sent'");

    HttpResponse<byte[]> repeated = send("one");
    assertError(repeated, 409, "idempotency_key_used");
    assertThat(TestNode.text(repeated)).contains("ended as truncated;");
  }

  @Test
  @Timeout(60)
  void a_new_key_is_claimed_without_reading_the_requests() {
    IdempotencyKeys keys = node.ledger.idempotencyKeys();
    UUID token = pool.ids.next();
    pool.database.runTx(
        tx -> {
          tx.dsl().execute("lock table gateway_requests in access exclusive mode");
          assertThat(
                  CompletableFuture.supplyAsync(() -> keys.claim(token, "one", pool.ids.next()))
                      .join())
              .isEmpty();
        });
  }

  @Test
  void an_idempotency_key_needs_no_row_of_its_token_and_is_removed_after_a_day() {
    UUID token = pool.ids.next();
    assertThat(node.ledger.idempotencyKeys().claim(token, "one", pool.ids.next())).isEmpty();
    assertThat(storedKeys(token)).isEqualTo(1);

    pool.clock.tick(Duration.ofHours(25));
    node.ledger.jobs().stream()
        .filter(job -> job.name().equals("gateway-minutes"))
        .map(Recurring.class::cast)
        .forEach(job -> job.work().run());

    assertThat(storedKeys(token)).isZero();
  }

  private int storedKeys(UUID token) {
    return pool.database.read(
        dsl -> dsl.fetchCount(GATEWAY_IDEMPOTENCY, GATEWAY_IDEMPOTENCY.TOKEN_ID.eq(token)));
  }

  private static final String ANSWER =
      "{\"id\":\"gen-1\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
          + "\"message\":{\"content\":\"hello\"}}]}";

  private HttpResponse<byte[]> send(String key) {
    return node.send(request(key, node.token()));
  }

  private HttpRequest request(String key, String token) {
    return request(key, token, false);
  }

  private HttpRequest request(String key, String token, boolean stream) {
    return HttpRequest.newBuilder(node.uri("/v1/chat/completions"))
        .header("Authorization", "Bearer " + token)
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", key)
        .POST(BodyPublishers.ofString(TestNode.chatBody(stream)))
        .build();
  }

  private static void assertError(HttpResponse<byte[]> response, int status, String code) {
    assertThat(response.statusCode()).as(TestNode.text(response)).isEqualTo(status);
    assertThat(TestNode.json(response).path("error").path("code").asText()).isEqualTo(code);
  }
}
