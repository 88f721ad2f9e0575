package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Attempts that fail before any byte was sent to the client. */
class GatewayFailoverTest {
  private static final String GOOD =
      "{\"id\":\"gen-2\",\"choices\":[{\"finish_reason\":\"stop\"}]}";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private final TestNode node = new TestNode(pool);

  @Test
  void an_attempt_whose_key_cannot_be_read_is_recorded_as_not_sent() {
    node.pool.add(1);
    pool.test.asOwner("update api_keys set ciphertext = sha256(ciphertext)");

    assertThat(node.chat().statusCode()).isEqualTo(503);
    var trial = node.trial(TestNode.MODEL);
    assertThat(trial.text()).contains("Every usable key was tried");

    assertThat(node.attempts()).containsExactly("not_sent", "not_sent");
  }

  @Test
  void a_trial_whose_key_cannot_be_read_gets_the_next_key() {
    UUID first = node.pool.add(2).getFirst();
    pool.test.asOwner(
        "update api_keys set ciphertext = sha256(ciphertext) where id = '" + first + "'");

    assertThat(node.trial(TestNode.MODEL).answered()).isTrue();

    assertThat(node.attempts()).containsExactly("not_sent", "ok");
  }

  @Test
  void a_request_fails_fast_while_the_database_is_unreachable() {
    node.pool.add(1);
    pool.database.setUnavailable(true);
    try {
      assertThat(node.chat().statusCode()).isEqualTo(503);
    } finally {
      pool.database.setUnavailable(false);
    }

    assertThat(node.chat().statusCode()).isEqualTo(200);
  }

  @Test
  void refused_changes_are_logged_once_until_a_minute_passes_without_any() {
    node.pool.add(1);
    var others = List.of(node.token(TokenScope.ALL), node.token(TokenScope.ALL));
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var log = (Logger) LoggerFactory.getLogger(Seats.class.getPackageName());
    lines.start();
    log.addAppender(lines);
    try {
      for (int period = 0; period < 2; period++) {
        int before = lines.list.size();
        refuse(others);
        assertThat(node.chat().statusCode()).isEqualTo(200);
        refuse(others);
        assertThat(lines.list).as("a success does not end the period").hasSize(before + 1);
        pool.clock.tick(Duration.ofMinutes(2));
        assertThat(node.chat().statusCode()).isEqualTo(200);
        Await.until("the end is logged", () -> lines.list.size() == before + 2);
      }
    } finally {
      log.detachAppender(lines);
    }
    var begun = "Gateway requests get no key: the database refuses changes";
    var ended = "Gateway requests get keys again";
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(begun, ended, begun, ended);
  }

  /** Sends a request with each token while the database refuses changes. */
  private void refuse(List<String> tokens) {
    pool.test.setReadOnly(true);
    try {
      for (String token : tokens) {
        assertThat(node.chat(token).statusCode()).isEqualTo(503);
      }
    } finally {
      pool.test.setReadOnly(false);
    }
  }

  /** The ways in which a key can be refused. */
  enum Refusal {
    UNAUTHORIZED(ScriptedUpstream.unauthorized()),
    OUT_OF_CREDIT(ScriptedUpstream.noCredit()),
    CAP(error(403, "Key limit exceeded (total limit)")),
    OWN_LIMIT(ScriptedUpstream.bare429()),
    ERROR_IN_SUCCESS(new ScriptedUpstream.Reply(200, ScriptedUpstream.bare429().body()));

    private final ScriptedUpstream.Reply reply;

    Refusal(ScriptedUpstream.Reply reply) {
      this.reply = reply;
    }

    private Script script() {
      return StreamUpstream.json(reply.status(), reply.body());
    }
  }

  private static ScriptedUpstream.Reply error(int status, String message) {
    return new ScriptedUpstream.Reply(
        status, "{\"error\":{\"message\":\"" + message + "\",\"code\":" + status + "}}");
  }

  @ParameterizedTest
  @EnumSource(Refusal.class)
  void a_refused_key_is_replaced_and_checked_without_an_error_for_the_client(Refusal refusal) {
    List<UUID> keys = node.pool.add(2);
    node.upstream.answer("key1", refusal.script());
    node.upstream.answer("key2", StreamUpstream.json(200, GOOD));

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(TestNode.text(response)).isEqualTo(GOOD);
    assertThat(response.headers().firstValue("x-keywheel-attempts")).contains("2");
    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    assertThat(node.attempts()).containsExactly("http_error", "ok");
    assertThat(node.requests()).containsExactly("ok");
    if (refusal != Refusal.UNAUTHORIZED) { // only the check of the key decides about that
      assertThat(node.pool.key(keys.getFirst()).usableFor(ModelClass.PAID)).isFalse();
    }
    assertThat(node.pool.key(keys.get(1)).usableFor(ModelClass.PAID)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "401, invalid x-api-key, Anthropic, 'called Anthropic, which rejected its credentials', model:byok",
    "402, Insufficient Balance, DeepSeek, 'called DeepSeek, where its account is out of credit', model:provider_credits"
  })
  void an_upstream_provider_s_error_about_the_provider_s_key_is_reported_without_blaming_our_key(
      int status, String raw, String name, String cause, String code) {
    var keys = node.pool.add(3);
    String body =
        """
        {"error":{"message":"Provider returned error","code":%d,
                  "metadata":{"raw":"%s","provider_name":"%s","is_byok":true}}}"""
            .formatted(status, raw, name);
    node.upstream.answer(
        "*",
        StreamUpstream.json(status, body),
        StreamUpstream.stream("data: " + body.replace("\n", "") + "\n\n"));

    for (var response : List.of(node.chat(), stream())) {
      assertThat(response.statusCode()).isEqualTo(502);
      assertThat(TestNode.json(response).path("error").path("message").asText())
          .contains(cause, "(BYOK)");
      assertThat(response.headers().firstValue("x-should-retry")).contains("false");
    }
    assertThat(node.upstream.calls()).hasSize(2);
    assertThat(node.attempts()).containsOnly("http_error");
    List<String> reasons =
        pool.database.read(
            dsl -> dsl.fetch("select reason from gateway_requests").getValues(0, String.class));
    assertThat(reasons).containsOnly(code);
    assertThat(keys).allMatch(key -> node.pool.key(key).usableFor(ModelClass.PAID));
  }

  @Test
  void a_complete_answer_is_passed_on_although_its_connection_broke() {
    node.pool.add(2);
    node.upstream.answer("*", call -> call.head(200, "application/json").send(GOOD).cut());

    assertThat(TestNode.text(node.chat())).isEqualTo(GOOD);
    assertThat(node.attempts()).containsExactly("ok");
  }

  @ParameterizedTest
  @CsvSource({"400", "413", "422"})
  void a_truncated_error_of_the_request_is_reported_as_a_refused_request(int status) {
    node.pool.add(2);
    String begun = "{\"error\":{\"message\":\"Too lo";
    node.upstream.answer(
        "*",
        call -> call.head(status, "application/json", "content-length: 400").send(begun).cut());

    HttpResponse<byte[]> response = node.chat();

    TestNode.assertError(response, 400, "request_refused");
    assertThat(node.upstream.calls()).hasSize(1);
  }

  @Test
  void a_key_that_was_refused_is_not_tried_for_the_next_model_of_an_alias() {
    node.pool.add(3);
    node.alias("either", "maker/model", "other/model");
    node.upstream.answer("*", StreamUpstream.json(401, ScriptedUpstream.unauthorized().body()));

    var response = node.post("/v1/chat/completions", "{\"model\":\"either\",\"messages\":[]}");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(node.upstream.keys()).hasSize(3).doesNotHaveDuplicates();
  }

  @Test
  void a_refused_key_is_checked_in_the_background() {
    List<UUID> keys = node.pool.add(2);
    node.upstream.answer("key1", StreamUpstream.json(401, ScriptedUpstream.unauthorized().body()));
    node.upstream.answer("key2", StreamUpstream.json(200, GOOD));

    node.chat();

    Await.until("the key was tested", () -> node.pool.key(keys.getFirst()).lastTestedAt() != null);
  }

  private HttpResponse<byte[]> stream() {
    return node.post("/v1/chat/completions", TestNode.chatBody(true));
  }
}
