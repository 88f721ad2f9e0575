package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Web pages in place of answers, from servers in front of the provider. */
class WebPageAnswerTest {
  private static final Script GOOD =
      StreamUpstream.json(200, "{\"id\":\"gen-1\",\"choices\":[{\"finish_reason\":\"stop\"}]}");

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  private static Script page(int status, String title, String... headers) {
    return call ->
        call.head(status, "text/html", headers)
            .send("<html><title>" + title + "</title><center>nginx/1.24.0</center></html>")
            .end();
  }

  private boolean paused() {
    return pool.pool.status().findPause(pool.id).isPresent();
  }

  @Test
  void a_page_with_status_503_is_retried_like_any_server_error() {
    node.pool.add(3);
    Script down = page(503, "503 Service Temporarily Unavailable");
    node.upstream.answer("*", down, down, GOOD);

    assertThat(node.chat().statusCode()).isEqualTo(200);

    assertThat(node.attempts()).hasSize(3);
    assertThat(paused()).isFalse();
  }

  @Test
  void a_503_that_is_not_json_keeps_its_status_and_the_wait_that_it_names() {
    node.pool.add(3);
    node.upstream.answer(
        "*", call -> call.head(503, "text/plain", "Retry-After", "30").send("busy").end());

    var response = node.chat();

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("retry-after")).contains("30");
    assertThat(response.headers().firstValue("x-should-retry")).isEmpty();
    assertThat(TestNode.json(response).path("error").path("message").asText()).isEqualTo("busy");
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 429, 503})
  void one_page_that_names_a_day_does_not_pause_the_pool(int status) {
    node.pool.add(4);
    node.upstream.answer("*", page(status, status + " nginx", "Retry-After", "86400"), GOOD);

    node.chat();

    assertThat(paused()).isFalse();
    assertThat(node.chat().statusCode()).isEqualTo(200);
  }

  @Test
  void a_page_with_status_403_is_tried_with_one_other_key_and_both_keys_are_checked() {
    List<UUID> keys = node.pool.add(4);
    node.upstream.answer("*", page(403, "403 Forbidden"));

    assertThat(node.chat().statusCode()).isEqualTo(403);

    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    Await.until(
        "both keys were checked",
        () ->
            keys.subList(0, 2).stream().allMatch(key -> node.pool.key(key).lastTestedAt() != null));
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  @Test
  void a_page_with_status_401_leads_to_other_keys_and_their_checks() {
    List<UUID> keys = node.pool.add(3);
    Script refused = page(401, "401 Authorization Required");
    node.upstream.answer("*", refused, refused, GOOD);

    assertThat(node.chat().statusCode()).isEqualTo(200);

    assertThat(node.upstream.keys()).containsExactly("key1", "key2", "key3");
    Await.until(
        "both refused keys were checked",
        () ->
            keys.subList(0, 2).stream().allMatch(key -> node.pool.key(key).lastTestedAt() != null));
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_request_error, 1",
    "422, invalid_request_error, 1",
    "402, billing_error, 2"
  })
  void a_page_that_refuses_the_request_keeps_its_status(int status, String type, int calls) {
    node.pool.add(3);
    node.upstream.answer("*", page(status, status + " refused"));

    var response = node.chat();

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(TestNode.json(response).path("error").path("type").asText()).isEqualTo(type);
    assertThat(node.upstream.calls()).hasSize(calls);
  }

  /** The address of the provider may be wrong, or a proxy broken. */
  @Test
  void a_404_that_is_not_json_is_repeated_once_and_becomes_a_502() {
    node.pool.add(3);
    node.upstream.answer("*", call -> call.head(404, "text/plain").send("not found").end());

    TestNode.assertError(node.chat(), 502, "upstream_error");

    assertThat(node.upstream.calls()).hasSize(2);
  }

  @Test
  void a_block_of_the_address_pauses_the_pool_for_at_most_ten_minutes() {
    node.pool.add(3);
    node.upstream.answer("*", page(429, "Error 1015", "Retry-After", "86400"));

    node.chat();

    assertThat(pool.pool.status().findPause(pool.id).map(PoolPause::until))
        .hasValueSatisfying(
            until ->
                assertThat(Duration.between(pool.clock.instant(), until))
                    .isBetween(Duration.ofSeconds(590), Duration.ofMinutes(10)));
    var refused = node.chat();
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.headers().firstValue("retry-after")).contains("60");
  }
}
