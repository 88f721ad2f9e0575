package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.GATEWAY_NODES;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.ledger.RequestAborts;
import dev.keywheel.gateway.seat.TestSeats;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestPool;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A user aborts a request on its page. */
class AbortedRequestTest {
  private final TestPool pool = new TestPool();
  private final TestNode node = new TestNode(pool);
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void stop() {
    over.countDown();
    node.close();
    pool.close();
  }

  @Test
  void an_aborted_stream_ends_with_an_error_and_is_listed_as_aborted() throws Exception {
    pool.add(1);
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE);
          over.await();
        });
    HttpResponse<InputStream> response =
        node.http.send(
            node.request("/v1/chat/completions")
                .POST(BodyPublishers.ofString(TestNode.chatBody(true)))
                .build(),
            BodyHandlers.ofInputStream());
    assertThat(response.body().readNBytes(ONE.length())).asString().isEqualTo(ONE);

    assertThat(node.ledger.aborts().abort(request())).isEqualTo(RequestAborts.Result.ABORTED);

    assertThat(new String(response.body().readAllBytes(), UTF_8))
        .contains("event: error")
        .contains("\"code\":\"aborted\"");
    Await.until(
        "the provider's connection is closed", () -> node.upstream.calls().getFirst().isGone());
    assertThat(node.requests()).containsExactly("aborted");
    assertThat(node.attempts()).containsExactly("client_gone");
  }

  @Test
  void a_user_can_abort_a_request_that_another_node_handles() {
    UUID request = requestWithoutAnswer();
    var other = TestSeats.ledger(pool);

    assertThat(other.aborts().abort(request)).isEqualTo(RequestAborts.Result.REQUESTED);

    assertThat(node.requests()).containsExactly("aborted");
    assertThat(other.aborts().abort(request)).isEqualTo(RequestAborts.Result.NOT_IN_FLIGHT);
  }

  @Test
  void a_request_is_aborted_although_the_database_fails_to_delete_the_wish() {
    UUID request = requestWithoutAnswer();
    pool.test.asOwner(
        """
        create function refuse() returns trigger language plpgsql as $$
        begin
          raise exception 'refused';
        end
        $$;
        create trigger refuse before delete on gateway_aborts for each statement execute function refuse()""");

    var asked = TestSeats.ledger(pool).aborts().abort(request);

    assertThat(asked).isEqualTo(RequestAborts.Result.REQUESTED);
    assertThat(node.requests()).containsExactly("aborted");
  }

  /** Sends a request that the provider does not answer until the test ends. */
  private UUID requestWithoutAnswer() {
    pool.add(1);
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream");
          over.await();
        });
    Thread.ofVirtual().start(() -> node.post("/v1/chat/completions", TestNode.chatBody(true)));
    Await.until("the call arrives", () -> node.upstream.calls().size() == 1);
    Await.until(
        "the node is stored", () -> pool.database.read(dsl -> dsl.fetchExists(GATEWAY_NODES)));
    return request();
  }

  /** The id of the only request. */
  private UUID request() {
    return pool.database.read(
        dsl -> dsl.fetchSingle("select id from gateway_requests").get(0, UUID.class));
  }
}
