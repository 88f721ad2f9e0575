package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Refusals that the account of the key may have caused. */
@Tag("full")
class OtherAccountTest {
  private static final String GOOD =
      "{\"id\":\"gen-2\",\"choices\":[{\"finish_reason\":\"stop\"}]}";
  private static final String POLICY =
      error(404, "No endpoints found matching your data policy (Free model training).");
  private static final String GUARDRAIL =
      error(404, "No endpoints available matching your guardrail restrictions and data policy.");
  private static final String FORBIDDEN = error(403, "Forbidden");

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  private static String error(int status, String message) {
    return "{\"error\":{\"message\":\"" + message + "\",\"code\":" + status + "}}";
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, true",
    "/v1/chat/completions, false",
    "/v1/messages, true",
    "/v1/responses, false"
  })
  void a_model_that_the_data_policy_excludes_is_requested_once_with_another_account(
      String path, boolean streamed) {
    List<UUID> keys = addKeysOf("a", "a", "b", "c");
    node.upstream.answer("*", StreamUpstream.json(404, streamed ? POLICY : GUARDRAIL));

    HttpResponse<byte[]> response = node.post(path, TestNode.chatBody(streamed));

    assertThat(node.upstream.keys()).as("of accounts a and b").containsExactly("key1", "key3");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(TestNode.text(response)).contains("data policy");
    assertThat(node.codes()).containsOnly("model:account_policy");
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  @Test
  void a_model_that_the_data_policy_excludes_is_served_with_a_key_of_another_account() {
    addKeysOf("a", "a", "b");
    node.upstream.answer("*", StreamUpstream.json(404, POLICY));
    node.upstream.answer("key3", StreamUpstream.json(200, GOOD));

    assertThat(TestNode.text(node.chat())).isEqualTo(GOOD);

    assertThat(node.upstream.keys()).containsExactly("key1", "key3");
  }

  @Test
  void keys_of_one_account_are_not_tried_one_by_one_against_its_data_policy() {
    addKeysOf("a", "a", "a");
    node.upstream.answer("*", StreamUpstream.json(404, POLICY));

    assertThat(node.chat().statusCode()).isEqualTo(404);

    assertThat(node.upstream.keys()).containsExactly("key1");
  }

  @Test
  void another_account_is_found_after_many_keys_of_the_first_one() {
    addKeysOf("a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "b");
    node.upstream.answer("*", StreamUpstream.json(404, POLICY));

    node.chat();

    assertThat(node.upstream.keys()).containsExactly("key1", "key13");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 413, 422})
  void another_error_of_the_request_is_not_retried_with_another_key(int status) {
    addKeysOf("a", "b");
    node.upstream.answer("*", StreamUpstream.json(status, error(status, "Not like this")));

    assertThat(node.chat().statusCode()).isEqualTo(status);

    assertThat(node.upstream.calls()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {418, 423, 451})
  void an_error_with_an_unknown_status_is_tried_once_with_another_account(int status) {
    List<UUID> keys = addKeysOf("a", "a", "b", "c");
    String error = error(status, "Not here");
    node.upstream.answer("*", StreamUpstream.json(status, error));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(TestNode.text(response)).isEqualTo(error);
    assertThat(node.upstream.keys()).as("of accounts a and b").containsExactly("key1", "key3");
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  @Test
  void an_error_with_an_unknown_status_passes_if_there_is_no_other_key() {
    addKeysOf("a");
    node.upstream.answer("*", StreamUpstream.json(451, error(451, "Not here")));

    assertThat(node.chat().statusCode()).isEqualTo(451);

    assertThat(node.upstream.keys()).containsExactly("key1");
  }

  @ParameterizedTest
  @CsvSource({"/v1/chat/completions, true", "/v1/chat/completions, false", "/v1/messages, false"})
  void a_403_without_a_reason_is_tried_with_one_other_key_and_both_keys_are_checked(
      String path, boolean streamed) {
    List<UUID> keys = addKeysOf("a", "a", "b", "c");
    node.upstream.answer("*", StreamUpstream.json(403, FORBIDDEN));

    HttpResponse<byte[]> response = node.post(path, TestNode.chatBody(streamed));

    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(TestNode.text(response)).as("the provider's error").isEqualTo(FORBIDDEN);
    assertThat(node.upstream.keys()).as("of accounts a and b").containsExactly("key1", "key3");
    Await.until("both keys were checked", () -> tested(keys.get(0)) && tested(keys.get(2)));
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  /** The model may require a paid plan, which has no account of the pool. */
  @ParameterizedTest
  @CsvSource({
    "{\"error\":{\"message\":\"This model requires a paid plan\"}}, ''",
    "This model requires a paid plan, ''",
    "Payment required for this model., Retry-After: 3600"
  })
  void a_402_about_the_model_is_tried_with_one_other_account_and_limits_no_key(
      String body, String header) {
    List<UUID> keys = addKeysOf("a", "a", "b", "c", "d");
    node.upstream.answer(
        "*", call -> call.head(402, "application/json", header.split(": ")).send(body).end());

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(402);
    assertThat(node.upstream.keys()).as("of accounts a and b").containsExactly("key1", "key3");
    Await.until("both keys were checked", () -> tested(keys.get(0)) && tested(keys.get(2)));
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  /** One request to such a model must not take the pool away from all others. */
  @ParameterizedTest
  @CsvSource({"'', true", "Payment Required, false"})
  void a_402_without_a_reason_limits_one_account_for_all_models_and_others_for_its_model(
      String message, boolean stream) {
    List<UUID> keys = addKeysOf("a", "b", "b", "c");
    node.upstream.answer("*", StreamUpstream.json(402, error(402, message)));

    HttpResponse<byte[]> response = node.post("/v1/chat/completions", TestNode.chatBody(stream));

    assertThat(response.statusCode()).isEqualTo(402);
    assertThat(TestNode.text(response)).as("the provider's error").isEqualTo(error(402, message));
    assertThat(node.upstream.keys()).containsExactly("key1", "key2", "key4", "key3");
    assertThat(keys.stream().filter(key -> !node.pool.key(key).usableFor(ModelClass.PAID)))
        .containsExactly(keys.getFirst());
    node.upstream.answer("*", StreamUpstream.json(200, GOOD));
    TestNode.assertError(node.chat(), 429, "pool_limited");
    String other = TestNode.chatBody(false).replace(TestNode.MODEL, "other/model");
    assertThat(node.post("/v1/chat/completions", other).statusCode()).isEqualTo(200);
  }

  @Test
  void a_402_about_credit_limits_each_account_for_all_models() {
    List<UUID> keys = addKeysOf("a", "b");
    node.upstream.answer("*", StreamUpstream.json(402, error(402, "Insufficient credits")));

    TestNode.assertError(node.chat(), 429, "pool_limited");

    assertThat(keys).noneMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void the_text_of_a_403_without_a_reason_becomes_an_error_that_sdks_can_read(int keys) {
    node.pool.add(keys);
    node.upstream.answer("*", call -> call.head(403, "text/plain").send("Not from here").end());

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(403);
    assertError(response, "permission_error", "Not from here");
    assertThat(node.upstream.calls()).hasSize(keys);
  }

  @Test
  void the_text_of_a_429_without_a_reason_becomes_an_error_that_sdks_can_read() {
    node.pool.add(2);
    node.upstream.answer("*", call -> call.head(429, "text/plain").send("Slow down").end());

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(429);
    assertError(response, "rate_limit_error", "Slow down");
  }

  private static void assertError(HttpResponse<byte[]> response, String type, String message) {
    JsonNode error = TestNode.json(response).path("error");
    assertThat(error.path("type").asText()).isEqualTo(type);
    assertThat(error.path("message").asText()).isEqualTo(message);
  }

  private boolean tested(UUID key) {
    return node.pool.key(key).lastTestedAt() != null;
  }

  @Test
  void a_403_without_a_reason_is_tried_with_a_key_of_the_same_account_if_there_is_no_other() {
    addKeysOf("a", "a", "a");
    node.upstream.answer("*", StreamUpstream.json(403, FORBIDDEN));
    node.upstream.answer("key2", StreamUpstream.json(200, GOOD));

    assertThat(node.chat().statusCode()).isEqualTo(200);

    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
  }

  @Test
  void a_429_without_a_reason_is_tried_with_a_key_of_another_account_first() {
    addKeysOf("a", "a", "a", "b");
    node.upstream.answer("*", bare429());
    node.upstream.answer("key4", StreamUpstream.json(200, GOOD));

    assertThat(node.chat().statusCode()).isEqualTo(200);

    assertThat(node.upstream.keys()).containsExactly("key1", "key4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/responses"})
  void a_429_without_a_reason_is_tried_with_one_other_key_of_the_only_account(String path) {
    addKeysOf("a", "a", "a", "a");
    node.upstream.answer("*", bare429());

    assertThat(node.post(path, TestNode.chatBody(false)).statusCode()).isEqualTo(429);

    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
  }

  @ParameterizedTest
  @CsvSource({"404, true", "403, true", "400, false"})
  void a_trial_of_a_model_is_repeated_like_the_request_of_a_client(int status, boolean answered) {
    addKeysOf("a", "a", "a", "b");
    String error = status == 404 ? POLICY : status == 403 ? FORBIDDEN : error(400, "Not like this");
    node.upstream.answer("*", StreamUpstream.json(status, error));
    node.upstream.answer(
        "key4",
        StreamUpstream.json(200, "{\"choices\":[{\"message\":{\"content\":\"I am a model.\"}}]}"));

    var trial = node.trial(TestNode.MODEL);

    assertThat(trial.answered()).as(trial.text()).isEqualTo(answered);
    assertThat(node.upstream.keys()).startsWith("key1").hasSize(answered ? 2 : 1);
  }

  @Test
  void a_trial_whose_403_has_no_reason_is_repeated_once() {
    addKeysOf("a", "b", "c");
    node.upstream.answer("*", StreamUpstream.json(403, FORBIDDEN));

    assertThat(node.trial(TestNode.MODEL).answered()).isFalse();

    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
  }

  private static Script bare429() {
    return StreamUpstream.json(429, ScriptedUpstream.bare429().body());
  }

  /** Adds a key for each of these accounts. */
  private List<UUID> addKeysOf(String... accounts) {
    List<UUID> keys = node.pool.add(accounts.length);
    for (int i = 0; i < accounts.length; i++) {
      pool.account(accounts[i], keys.get(i));
    }
    return keys;
  }
}
