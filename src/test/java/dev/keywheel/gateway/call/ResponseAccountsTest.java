package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.gateway.call.TestNode.assertError;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.seat.ResponseAccounts;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.Statements;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A request that continues a response gets a key of the account that created it. */
class ResponseAccountsTest {
  private static final String CONTINUES = "\"previous_response_id\":\"resp_1\",";

  @AutoClose private final TestPool pool = new TestPool();
  @AutoClose private final TestNode node = new TestNode(pool);
  private List<UUID> keys = List.of();

  @BeforeEach
  void addFourKeysOfTwoAccounts() {
    keys = pool.add(4);
    pool.account("a", keys.get(0), keys.get(2));
    pool.account("b", keys.get(1), keys.get(3));
    for (int key = 1; key <= 4; key++) {
      String answer =
          """
          {"id":"resp_%1$d","output":[{"type":"reasoning","encrypted_content":"enc-%1$d"}]}"""
              .formatted(key);
      String stream =
          """
          event: response.created
          data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_%1$d"}}

          event: response.output_item.done
          data: {"type":"response.output_item.done","item":{"type":"reasoning","encrypted_content":"enc-%1$d"}}

          event: response.completed
          data: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_%1$d","status":"completed"}}

          """
              .formatted(key);
      node.upstream.answer(
          "key" + key,
          call -> {
            if (new String(call.body(), UTF_8).contains("\"stream\":true")) {
              call.head(200, "text/event-stream").send(stream).end();
            } else {
              call.head(200, "application/json").send(answer).end();
            }
          });
    }
  }

  @Test
  void a_response_continued_by_its_id_uses_its_account() {
    send(false, "");

    assertThat(keysUsedFor(CONTINUES, 4)).containsOnly("key1", "key3");
    assertThat(keysUsedFor("", 4)).hasSize(4);
  }

  @Test
  void a_response_continued_by_its_encrypted_reasoning_uses_its_account() {
    send(true, "");

    assertThat(
            keysUsedFor("\"input\":[{\"type\":\"reasoning\",\"encrypted_content\":\"enc-1\"}],", 4))
        .containsOnly("key1", "key3");
  }

  @Test
  void the_turns_of_a_codex_conversation_use_one_account() {
    String first = codex("");
    String next =
        codex(
            ",{\"type\":\"reasoning\",\"summary\":[],\"content\":null,\"encrypted_content\":\"enc-1\"},"
                + "{\"type\":\"function_call\",\"name\":\"shell\",\"arguments\":\"{}\",\"call_id\":\"call_1\"},"
                + "{\"type\":\"function_call_output\",\"call_id\":\"call_1\",\"output\":\"ok\"}");

    for (String body : List.of(first, next, next, next)) {
      var response =
          node.send(
              node.request("/v1/responses")
                  .header("Accept", "text/event-stream")
                  .header("User-Agent", "codex_cli_rs/0.46.0 (Linux; x86_64)")
                  .header("OpenAI-Beta", "responses=experimental")
                  .header("originator", "codex_cli_rs")
                  .header("session_id", "0199c0de-0000-7000-8000-000000000001")
                  .POST(BodyPublishers.ofString(body))
                  .build());
      assertThat(TestNode.text(response).lines().filter(line -> line.startsWith("event:")))
          .as(TestNode.text(response))
          .startsWith("event: response.created")
          .endsWith("event: response.completed");
    }

    var calls = node.upstream.calls();
    assertThat(node.upstream.keys()).containsExactly("key1", "key3", "key1", "key3");
    assertThat(new String(calls.getFirst().body(), UTF_8)).isEqualTo(first);
    assertThat(new String(calls.getLast().body(), UTF_8)).isEqualTo(next);
    assertThat(calls.getLast().header("accept")).isEqualTo("text/event-stream");
    assertThat(calls.getLast().header("openai-beta")).isEqualTo("responses=experimental");
    assertThat(calls.getLast().header("user-agent")).startsWith("codex_cli_rs/");
    assertThat(calls.getLast().headers()).doesNotContainKeys("originator", "session_id");
    assertThat(node.requests()).containsExactly("ok", "ok", "ok", "ok");
  }

  /** A request like that of Codex, with shorter texts and fewer tools. */
  private static String codex(String more) {
    return """
    {"model":"maker/model","instructions":"You are a coding agent.","input":[{"type":"message",\
    "role":"user","content":[{"type":"input_text","text":"List the files"}]}%s],"tools":[{"type":\
    "function","name":"shell","description":"Runs a command","strict":false,"parameters":{"type":\
    "object","properties":{"command":{"type":"array","items":{"type":"string"}}},"required":\
    ["command"],"additionalProperties":false}}],"tool_choice":"auto","parallel_tool_calls":false,\
    "reasoning":{"effort":"medium","summary":"auto"},"store":false,"stream":true,"include":\
    ["reasoning.encrypted_content"],"prompt_cache_key":"0199c0de-0000-7000-8000-000000000001"}"""
        .formatted(more);
  }

  @Test
  void without_a_key_of_the_account_a_continuation_is_refused_for_an_hour() {
    send(false, "");
    disable(keys.get(0));
    disable(keys.get(2));

    assertError(
        node.post("/v1/responses", body(false, CONTINUES)), 400, "previous_response_not_found");

    pool.clock.tick(Duration.ofHours(1));
    assertThat(keysUsedFor(CONTINUES, 2)).containsOnly("key2", "key4");
  }

  @Test
  void a_limited_key_of_another_account_does_not_change_the_refusal() {
    send(false, "");
    disable(keys.get(0));
    disable(keys.get(2));
    limit(keys.get(1));
    limit(keys.get(3));

    assertError(
        node.post("/v1/responses", body(false, CONTINUES)), 400, "previous_response_not_found");
    assertError(node.post("/v1/responses", body(false, "")), 429, "pool_limited");
  }

  @Test
  void a_key_that_is_excluded_for_the_model_does_not_delay_the_refusal() {
    send(false, "");
    disable(keys.get(2));
    pool.database.runTx(
        tx -> KeyModels.exclude(tx, keys.get(0), "maker/model", "refused", pool.clock.instant()));

    assertError(
        node.post("/v1/responses", body(false, CONTINUES)), 400, "previous_response_not_found");
  }

  @Test
  void a_paused_pool_answers_503_so_that_clients_repeat_the_request() {
    send(false, "");
    var until = pool.clock.instant().plusSeconds(30);
    pool.pause(until);

    var response = node.post("/v1/responses", body(false, CONTINUES));

    assertError(response, 503, "no_key_available");
    assertThat(response.headers().firstValue("retry-after")).isPresent();
  }

  @Test
  void a_limit_that_the_key_reports_during_the_request_is_passed_on() {
    send(false, "");
    disable(keys.get(2));
    String body = ScriptedUpstream.bare429().body();
    node.upstream.answer("key1", StreamUpstream.json(429, body, "Retry-After", "7"));

    var response = node.post("/v1/responses", body(false, CONTINUES));

    assertThat(response.statusCode()).as(TestNode.text(response)).isEqualTo(429);
    assertThat(response.headers().firstValue("retry-after")).contains("7");
  }

  @Test
  void the_end_of_a_limit_that_the_key_reports_during_the_request_is_passed_on() {
    send(false, "");
    disable(keys.get(2));
    long reset = pool.clock.instant().plus(Duration.ofHours(3)).toEpochMilli();
    node.upstream.answer("key1", StreamUpstream.json(429, ScriptedUpstream.daily429(reset).body()));

    var response =
        node.post(
            "/v1/responses", body(false, CONTINUES).replace("maker/model", "maker/model:free"));

    assertError(response, 429, "pool_limited");
    assertThat(response.headers().firstValue("retry-after")).isPresent();
  }

  @Test
  void a_response_keeps_its_account_when_the_account_becomes_known_or_changes() {
    pool.account(null, keys.get(0));
    disable(keys.get(2));
    send(false, "");
    pool.account("a", keys.get(0));
    assertThat(keysUsedFor(CONTINUES, 1)).containsOnly("key1");

    pool.account("c", keys.get(0));
    assertThat(keysUsedFor(CONTINUES, 1)).containsOnly("key1");
  }

  @Test
  void the_end_of_an_answer_waits_less_than_five_seconds_for_a_silent_database() {
    assertWaitsShort(accounts -> accounts.remember(pool.key(keys.getFirst()), List.of("resp_9")));
  }

  @Test
  void a_request_that_continues_a_response_waits_less_than_five_seconds_for_a_silent_database() {
    assertWaitsShort(
        accounts -> assertThat(accounts.find(pool.workspace, List.of("resp_9"))).isEmpty());
  }

  private void assertWaitsShort(Consumer<ResponseAccounts> use) {
    var statements = new Statements();
    Database.page(
        () -> {
          use.accept(new ResponseAccounts(statements.over(pool.database), pool.clock));
          return true;
        });

    assertThat(statements.waits()).isNotEmpty().allMatch(millis -> millis > 0 && millis < 5_000);
  }

  private void send(boolean stream, String more) {
    assertThat(node.post("/v1/responses", body(stream, more)).statusCode()).isEqualTo(200);
  }

  /** Sends this number of requests; returns the names of their keys. */
  private HashSet<String> keysUsedFor(String more, int requests) {
    int before = node.upstream.calls().size();
    for (int i = 0; i < requests; i++) {
      send(false, more);
    }
    var used = new HashSet<String>();
    node.upstream.calls().subList(before, before + requests).forEach(call -> used.add(call.key()));
    return used;
  }

  private static String body(boolean stream, String more) {
    return "{\"model\":\"maker/model\"," + more + "\"stream\":" + stream + "}";
  }

  private void disable(UUID key) {
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ENABLED, false)
                .set(API_KEYS.USABLE_FREE, false)
                .set(API_KEYS.USABLE_PAID, false)
                .where(API_KEYS.ID.eq(key))
                .execute());
  }

  private void limit(UUID key) {
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.USABLE_FREE, false)
                .set(API_KEYS.USABLE_PAID, false)
                .set(API_KEYS.UNTIL, pool.clock.instant().plusSeconds(60))
                .set(API_KEYS.CHECK_DUE, pool.clock.instant().plusSeconds(60))
                .where(API_KEYS.ID.eq(key))
                .execute());
  }
}
