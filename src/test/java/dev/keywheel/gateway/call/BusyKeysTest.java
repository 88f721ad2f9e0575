package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.gateway.call.TestNode.assertError;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The response to a client while the only key has as many calls in flight as the pool allows. */
final class BusyKeysTest {
  private static final String BROKEN = "{\"error\":{\"message\":\"broken\",\"code\":502}}";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @BeforeEach
  void one_key_for_one_call_at_a_time() {
    node.pool.add(1);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 1));
  }

  @ParameterizedTest
  @CsvSource({"502, false", "200, false", "200, true"})
  void the_provider_s_error_is_passed_on_if_the_key_is_busy_with_another_call(
      int status, boolean stream) {
    node.upstream.answer("*", busy(StreamUpstream.json(status, BROKEN)));

    var response = node.post("/v1/chat/completions", TestNode.chatBody(stream));

    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(TestNode.text(response)).isEqualTo(BROKEN);
    assertThat(response.headers().firstValue("x-should-retry")).contains("false");
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void a_request_that_finds_every_key_busy_gets_a_retry_after() {
    node.upstream.answer("*", busy(StreamUpstream.json(200, "{\"choices\":[]}")));
    node.chat();

    var response = node.chat();

    assertError(response, 503, "no_key_available");
    assertThat(TestNode.text(response)).contains("Every key has as many calls in flight");
    assertThat(response.headers().firstValue("retry-after")).contains("1");
  }

  @Test
  void a_refused_key_is_not_reported_as_busy() {
    node.upstream.answer(
        "*", busy(StreamUpstream.json(401, "{\"error\":{\"message\":\"User not found.\"}}")));

    var response = node.chat();

    assertError(response, 503, "no_key_available");
    assertThat(TestNode.text(response)).doesNotContain("in flight");
  }

  @Test
  void the_wait_for_a_busy_key_is_reported_if_the_key_of_the_next_model_is_limited_longer() {
    var response = aliasAfterBusyKey(StreamUpstream.json(429, ScriptedUpstream.bare429().body()));

    assertError(response, 503, "no_key_available");
    assertThat(response.headers().firstValue("retry-after")).contains("1");
  }

  @Test
  void the_wait_for_a_busy_key_is_reported_if_the_call_of_the_next_model_begins_an_outage() {
    var until = pool.clock.instant().plusSeconds(30);
    var failure = StreamUpstream.json(502, BROKEN);
    var response =
        aliasAfterBusyKey(
            call -> {
              pool.pause(until);
              failure.answer(call);
            });

    assertError(response, 503, "no_key_available");
    assertThat(response.headers().firstValue("retry-after")).contains("1");
  }

  /**
   * The response to a request for an alias: the only key of its first model is busy, and the key of
   * its second model answers like this.
   */
  private HttpResponse<byte[]> aliasAfterBusyKey(Script answer) {
    node.upstream.answer("key1", busy(StreamUpstream.json(200, "{\"choices\":[]}")));
    node.chat();
    var other = node.pool.add("key2").getFirst();
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.USABLE_FREE, API_KEYS.ID.ne(other))
                .set(API_KEYS.USABLE_PAID, API_KEYS.ID.eq(other))
                .execute());
    node.upstream.answer("key2", answer);
    node.alias("either", "maker/model:free", "other/model");
    var response = node.post("/v1/chat/completions", "{\"model\":\"either\",\"messages\":[]}");
    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    return response;
  }

  /** Before the answer, another node gets the key for a call that does not end. */
  private Script busy(Script answer) {
    return call -> {
      pool.test.asOwner(
          "insert into gateway_attempts (id, request_id, workspace_id, no, seat, key_id, key_name,"
              + " provider, model, state, opened_at, node) select gen_random_uuid(), request_id,"
              + " workspace_id, 100, 100, key_id, key_name, provider, model, state, opened_at,"
              + " gen_random_uuid() from gateway_attempts where state = 'sent'");
      answer.answer(call);
    };
  }
}
