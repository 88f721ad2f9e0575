package dev.keywheel.web.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.recovery.store.Batch;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.Trigger;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BatchCardTest {
  private static final Instant NOW = Instant.parse("2026-11-29T22:30:00Z");

  @Test
  void a_test_that_keywheel_started_names_the_user_who_also_requested_it() {
    assertThat(triggerText(Trigger.DUE_CHECK, "ada@example.org"))
        .isEqualTo("Scheduled check, also requested by ada@example.org");
    assertThat(triggerText(Trigger.LOW_POOL, "ada@example.org"))
        .isEqualTo("Too few active keys, also requested by ada@example.org");
    assertThat(triggerText(Trigger.DUE_CHECK, "gateway")).isEqualTo("Scheduled check by gateway");
  }

  @Test
  void the_reason_for_a_test_names_the_rejection_in_a_run_or_at_the_gateway_or_the_user() {
    assertThat(triggerText(Trigger.REFUSED_KEY, "run"))
        .isEqualTo("Started automatically after a refusal in a run");
    assertThat(triggerText(Trigger.REFUSED_KEY, "gateway"))
        .isEqualTo("Started automatically after a refusal at the gateway");
    assertThat(triggerText(Trigger.USER, "ada@example.org"))
        .isEqualTo("Started by ada@example.org");
  }

  @Test
  void keys_that_were_not_rate_limited_before_the_test_are_counted_separately() {
    var counts = new BatchCounts(3, 3, 0, 0, 3, 0, 0, 0, 2, 0);
    assertThat(card(Trigger.USER, "ada@example.org", counts).parts())
        .extracting(part -> part.number() + " " + part.label())
        .containsExactly(
            "0 recovered",
            "0 newly failing",
            "0 still failing",
            "2 newly rate limited",
            "1 still rate limited");
  }

  private static String triggerText(Trigger trigger, String by) {
    return card(trigger, by, BatchCounts.of(List.of())).triggerText();
  }

  private static BatchCard card(Trigger trigger, String by, BatchCounts counts) {
    var id = new UUID(0, 1);
    var pool = new PoolId(id, "openrouter");
    var batch =
        new Batch(id, pool, trigger, by, null, BatchState.DONE, NOW, NOW, counts, null, null);
    return new BatchCard(batch, NOW);
  }
}
