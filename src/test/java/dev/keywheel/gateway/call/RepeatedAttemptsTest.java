package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The number of times that a request is sent again after errors, and what this costs. */
@Tag("full")
class RepeatedAttemptsTest {
  private static final String GOOD =
      "{\"id\":\"gen-2\",\"choices\":[{\"finish_reason\":\"stop\"}]}";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @Test
  void an_error_that_all_keys_share_is_retried_three_times_and_then_reported() {
    node.pool.add(5);
    String body = "{\"error\":{\"message\":\"Bad gateway\",\"code\":502}}";
    node.upstream.answer("*", StreamUpstream.json(502, body));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(TestNode.text(response)).isEqualTo(body);
    assertThat(response.headers().firstValue("x-should-retry")).contains("false");
    assertThat(node.upstream.calls()).hasSize(3);
    assertThat(node.attempts()).containsOnly("http_error");
  }

  @ParameterizedTest
  @CsvSource({
    "text/html, <html>Welcome</html>, 'content-length: 20'",
    "application/json, not json, 'content-length: 8'",
    "application/json, 'data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}', ''",
    "application/json, '{\"choices\":[{\"mess', 'content-length: 400'",
    "application/json, '{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}{}', ''"
  })
  void an_unreadable_success_is_repeated_only_once_because_it_may_be_charged(
      String type, String body, String length) {
    var keys = node.pool.add(5);
    node.upstream.answer("*", call -> call.head(200, type, length).send(body).cut());

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(node.upstream.calls()).hasSize(2);
    assertThat(keys).allMatch(key -> node.pool.key(key).status() == KeyStatus.ACTIVE);
  }

  @Test
  void a_request_whose_connection_closes_before_the_answer_is_sent_at_most_twice() {
    var keys = node.pool.add(5);
    node.upstream.answer("*", StreamUpstream.Call::cut);

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(node.upstream.calls()).hasSize(2);
    assertThat(keys).allMatch(key -> node.pool.key(key).status() == KeyStatus.ACTIVE);
  }

  @Test
  void the_cost_of_a_request_is_the_sum_over_its_attempts() {
    node.pool.add(2);
    String whole = GOOD.replaceFirst("\\{", "{\"usage\":{\"prompt_tokens\":7,\"cost\":0.25},");
    node.upstream.answer("*", StreamUpstream.json(200, whole));

    assertThat(stream().statusCode()).isEqualTo(502);

    assertThat(node.attempts()).hasSize(2);
    assertThat(node.requests()).containsExactly("failed");
    var row = pool.database.read(dsl -> dsl.selectFrom(GATEWAY_REQUESTS).fetchSingle());
    assertThat(row.get(GATEWAY_REQUESTS.PROMPT_TOKENS)).isEqualTo(14);
    assertThat(row.get(GATEWAY_REQUESTS.COST)).isEqualByComparingTo("0.5");
  }

  @Test
  void
      after_an_unattributed_429_with_a_long_retry_time_for_two_accounts_no_further_keys_are_tried() {
    node.pool.add(20);
    String body = ScriptedUpstream.bare429().body();
    node.upstream.answer("*", StreamUpstream.json(429, body, "Retry-After", "7"));

    assertThat(node.chat().statusCode()).isEqualTo(429);
    assertThat(node.upstream.keys()).hasSize(2).doesNotHaveDuplicates();

    assertThat(node.chat().statusCode()).isEqualTo(429); // as a client library repeats it
    assertThat(node.upstream.keys()).hasSize(4);
  }

  @Test
  void an_unattributed_429_without_a_retry_time_is_retried() {
    node.pool.add(5);
    String body = ScriptedUpstream.bare429().body();
    node.upstream.answer("*", StreamUpstream.json(429, body));
    node.upstream.answer("key4", StreamUpstream.json(200, GOOD));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("x-keywheel-attempts")).contains("4");
  }

  @Test
  void each_bad_key_is_tried_once_until_the_good_one_answers() {
    node.pool.add(100);
    node.upstream.answer("*", StreamUpstream.json(402, ScriptedUpstream.noCredit().body()));
    node.upstream.answer("key100", StreamUpstream.json(200, GOOD));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("x-keywheel-attempts")).contains("100");
    assertThat(node.upstream.keys()).hasSize(100).doesNotHaveDuplicates();
    assertThat(node.attempts()).hasSize(100);
  }

  private HttpResponse<byte[]> stream() {
    return node.post("/v1/chat/completions", TestNode.chatBody(true));
  }
}
