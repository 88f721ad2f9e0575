package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRefusalTest.assertError;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client is told when the only key has as many calls in flight as it may have. */
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
  void a_request_that_finds_every_key_busy_is_told_to_wait() {
    node.upstream.answer("*", busy(StreamUpstream.json(200, "{\"choices\":[]}")));
    node.chat();

    var response = node.chat();

    assertError(response, 503, "no_key_available");
    assertThat(TestNode.text(response)).contains("Every key has as many calls in flight");
    assertThat(response.headers().firstValue("retry-after")).contains("1");
  }

  @Test
  void a_refused_key_is_not_called_busy() {
    node.upstream.answer(
        "*", busy(StreamUpstream.json(401, "{\"error\":{\"message\":\"User not found.\"}}")));

    var response = node.chat();

    assertError(response, 503, "no_key_available");
    assertThat(TestNode.text(response)).doesNotContain("in flight");
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
