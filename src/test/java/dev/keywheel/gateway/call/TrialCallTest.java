package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestPool;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class TrialCallTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @Test
  void an_attempt_with_a_malformed_key_is_recorded_as_not_sent() {
    try (var node = new TestNode(pool)) {
      pool.add("clé", "key2");

      assertThat(answered(node, TestNode.MODEL)).isTrue();

      assertThat(node.attempts()).containsExactly("not_sent", "ok");
    }
  }

  private static boolean answered(TestNode node, String model) {
    return node.trials.send(pool.admin, model, "127.0.0.1").answered();
  }
}
