package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.TestNode.assertError;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The time within which attempts of a request or a trial begin. */
class AttemptBudgetTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @AutoClose private static final TestPool pool = new TestPool();

  @Test
  void after_the_start_budget_unreadable_keys_are_not_tried_one_by_one() {
    try (var hurried = new TestNode(pool, Duration.ZERO)) {
      pool.add(5);
      pool.test.asOwner("update api_keys set ciphertext = sha256(ciphertext)");

      var response = hurried.chat();

      assertError(response, 503, "no_key_available");
      assertThat(TestNode.text(response)).contains("cannot be decrypted");
      assertThat(hurried.attempts()).containsExactly("not_sent", "not_sent");
    }
  }

  @Test
  void no_attempt_begins_after_the_total_time_of_a_request() {
    var total = Duration.ofSeconds(1);
    var timeouts = TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, total, LONG, LONG, LONG);
    try (var node = new TestNode(pool, timeouts, LONG, provider -> provider)) {
      pool.add(4);
      node.upstream.answer("*", StreamUpstream.Call::awaitGone);
      node.alias("either", TestNode.MODEL, "other/model");

      var response = node.post("/v1/chat/completions", "{\"model\":\"either\",\"messages\":[]}");

      assertError(response, 504, "upstream_timeout");
      assertThat(node.attempts()).containsExactly("timeout");
    }
  }

  @Test
  void a_trial_ends_after_its_maximum_time_and_says_so() {
    try (var hurried = new TestNode(pool, Duration.ofMillis(500))) {
      pool.add(2);
      hurried.upstream.answer("*", StreamUpstream.Call::awaitGone);
      hurried.alias("either", TestNode.MODEL, "other/model");

      var trial = hurried.trial("either");

      assertThat(trial.text()).contains("ends after 1 s", "The last attempt: ");
      assertThat(hurried.upstream.calls()).hasSize(1);
      assertThat(hurried.requests()).containsExactly("failed");
    }
  }
}
