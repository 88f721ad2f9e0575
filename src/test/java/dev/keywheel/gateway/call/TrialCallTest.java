package dev.keywheel.gateway.call;

import static dev.keywheel.db.schema.Tables.MODEL_EXCLUSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.gateway.ledger.RequestAborts;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrialCallTest {
  private static final Script ANSWER = StreamUpstream.json(200, ScriptedUpstream.ok().body());

  private static final Executor NEW_THREAD = task -> Thread.ofVirtual().start(task);

  @AutoClose private static final TestPool pool = new TestPool();

  @Test
  void an_attempt_with_a_malformed_key_is_recorded_as_not_sent() {
    try (var node = new TestNode(pool)) {
      pool.add("clé", "key2");

      assertThat(answered(node, TestNode.MODEL)).isTrue();

      assertThat(node.attempts()).containsExactly("not_sent", "ok");
    }
  }

  @Test
  void no_attempt_begins_in_the_last_twelfth_of_the_time() {
    try (var node = new TestNode(pool, Duration.ofSeconds(1))) {
      pool.add(2);
      String error = "{\"error\":{\"message\":\"busy\",\"code\":503}}";
      node.upstream.answer("*", StreamUpstream.json(503, error, "retry-after-ms", "1900"));

      var trial = node.trial(TestNode.MODEL);

      assertThat(trial.text()).contains("503").doesNotContain("ends after"); // it does not wait
      assertThat(node.upstream.calls()).hasSize(1);
    }
  }

  @Test
  void an_alias_that_chooses_endpoints_is_no_evidence_against_a_key() {
    try (var node = new TestNode(pool)) {
      pool.add(3);
      String fields = "{\"provider\": {\"only\": [\"none\"]}}";
      node.aliases.create(
          pool.admin,
          "chosen",
          List.of(new AliasTarget("openrouter", TestNode.MODEL, 1, false, fields)));
      String error =
          "{\"error\":{\"code\":404,\"message\":\"No endpoints found for maker/model\"}}";
      node.upstream.answer("key1", StreamUpstream.json(404, error));

      for (int trial = 0; trial < 6; trial++) {
        assertThat(answered(node, "chosen")).isFalse();
        node.chat();
        node.chat();
      }

      assertThat(node.codes()).contains("model:no_endpoint");
      assertThat(pool.database.<Boolean>read(dsl -> dsl.fetchExists(MODEL_EXCLUSIONS))).isFalse();
    }
  }

  @Test
  void the_time_to_the_answer_is_not_measured_with_a_clock_that_is_set_back() {
    try (var node = new TestNode(pool)) {
      pool.add(1);
      node.upstream.answer(
          "*",
          call -> {
            pool.clock.tick(Duration.ofHours(-1));
            ANSWER.answer(call);
          });

      assertThat(answered(node, TestNode.MODEL)).isTrue();

      assertThat(node.requests()).containsExactly("ok");
      int millis =
          pool.database.read(
              dsl ->
                  dsl.fetchSingle("select first_event_ms from gateway_requests")
                      .get(0, Integer.class));
      assertThat(millis).isNotNegative();
    } finally {
      pool.clock.tick(Duration.ofHours(1));
    }
  }

  @Test
  void a_user_can_abort_a_trial() {
    try (var node = new TestNode(pool)) {
      List<UUID> keys = pool.add(2);
      node.upstream.answer("*", StreamUpstream.Call::awaitGone);
      var trial = CompletableFuture.supplyAsync(() -> node.trial(TestNode.MODEL), NEW_THREAD);
      Await.until("the call arrives", () -> node.upstream.calls().size() == 1);
      UUID request =
          pool.database.read(
              dsl -> dsl.fetchSingle("select id from gateway_requests").get(0, UUID.class));

      assertThat(node.ledger.aborts().abort(request)).isEqualTo(RequestAborts.Result.ABORTED);

      assertThat(trial.join().text()).isEqualTo("A user of the gateway ended this request.");
      assertThat(node.requests()).containsExactly("aborted");
      assertThat(node.attempts()).containsExactly("client_gone");
      assertThat(node.upstream.calls()).hasSize(1);
      assertThat(pool.key(keys.getFirst()).status()).isEqualTo(KeyStatus.ACTIVE);
    }
  }

  @Test
  void a_node_that_stops_stores_the_outcome_of_a_trial() {
    try (var node = new TestNode(pool, Duration.ZERO, false)) {
      pool.add(1);
      node.upstream.answer("*", StreamUpstream.Call::awaitGone);
      var trial = CompletableFuture.supplyAsync(() -> node.trial(TestNode.MODEL), NEW_THREAD);
      Await.until("the call arrives", () -> node.upstream.calls().size() == 1);

      node.gateway.close();

      assertThat(trial.join().text()).startsWith("This node is stopping");
      assertThat(states("gateway_requests")).containsExactly("failed");
      assertThat(states("gateway_attempts")).containsExactly("client_gone");
    }
  }

  private static List<String> states(String table) {
    return pool.database.read(
        dsl -> dsl.fetch("select state from " + table).getValues(0, String.class));
  }

  @Test
  void a_form_that_is_submitted_twice_sends_one_request_unless_the_first_got_no_key() {
    try (var node = new TestNode(pool)) {
      node.upstream.answer("*", ANSWER);
      UUID form = UUID.randomUUID();
      assertThat(answered(node, form)).contains(false); // there is no key
      pool.add(1);
      pool.clock.tick(Duration.ofSeconds(2)); // the list of models is cached for a second

      assertThat(answered(node, form)).contains(true);
      assertThat(answered(node, form)).isEmpty();
      assertThat(answered(node, UUID.randomUUID())).contains(true);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway_idempotency", "gateway_aliases"})
  void a_trial_that_fails_because_of_the_database_is_listed_and_its_form_can_be_sent_again(
      String table) {
    try (var node = new TestNode(pool)) {
      pool.add(1);
      node.upstream.answer("*", ANSWER);
      UUID form = UUID.randomUUID();
      pool.clock.tick(Duration.ofSeconds(2)); // the list of models is cached for a second
      pool.test.asOwner("alter table " + table + " rename to hidden");
      try {
        assertThatThrownBy(() -> answered(node, form)).isInstanceOf(DataAccessException.class);
      } finally {
        pool.test.asOwner("alter table hidden rename to " + table);
      }

      assertThat(node.requests()).containsExactly("refused");
      var stored =
          pool.database.read(
              dsl ->
                  dsl.fetchValues(
                      "select http_status || ' ' || split_part(reason, ':', 1) from gateway_requests"));
      assertThat(stored).hasToString("[503 service_unavailable]");
      assertThat(answered(node, form)).contains(true);
    }
  }

  /** The provider may have billed the attempts. */
  @ParameterizedTest
  @ValueSource(ints = {200, 503})
  void a_form_whose_request_failed_after_it_was_sent_sends_no_other(int status) {
    try (var node = new TestNode(pool, Duration.ofSeconds(1))) {
      pool.add(1);
      node.upstream.answer("*", StreamUpstream.json(status, "{}"));
      UUID form = UUID.randomUUID();
      assertThat(answered(node, form)).contains(false);
      int calls = node.upstream.calls().size();

      assertThat(answered(node, form)).isEmpty();

      assertThat(node.upstream.calls()).hasSize(calls).isNotEmpty();
    }
  }

  private static Optional<Boolean> answered(TestNode node, UUID form) {
    return node.trials
        .send(pool.admin, form, TestNode.MODEL, "127.0.0.1")
        .map(TrialCall.Result::answered);
  }

  private static boolean answered(TestNode node, String model) {
    return node.trial(model).answered();
  }
}
