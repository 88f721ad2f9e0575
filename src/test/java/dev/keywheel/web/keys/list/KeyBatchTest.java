package dev.keywheel.web.keys.list;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.recovery.store.Batch;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.Trigger;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KeyBatchTest {
  @Test
  void the_version_changes_when_a_key_of_the_batch_is_disabled() {
    assertThat(batch(counts(1)).version()).isNotEqualTo(batch(counts(0)).version());
  }

  @Test
  void keys_that_were_not_rate_limited_before_the_test_are_counted_separately() {
    assertThat(batch(new BatchCounts(3, 3, 0, 0, 3, 0, 0, 0, 2, 0)).parts())
        .extracting(part -> part.number() + " " + part.label())
        .containsExactly("2 newly rate limited", "1 still rate limited");
  }

  @Test
  void a_link_to_keys_with_a_result_unknown_to_the_previous_version_selects_none() {
    assertThat(batch(new BatchCounts(3, 3, 0, 0, 3, 0, 0, 0, 2, 0)).parts())
        .extracting(part -> part.href().contains("selected"))
        .containsExactly(false, true);
  }

  private static BatchCounts counts(int cancelled) {
    return new BatchCounts(3, 1, 1, 0, 0, 0, 0, cancelled, 0, 0);
  }

  private static KeyBatch batch(BatchCounts counts) {
    var id = new UUID(0, 1);
    var batch =
        new Batch(
            id,
            new PoolId(id, "openrouter"),
            Trigger.USER,
            "ada@example.org",
            null,
            BatchState.RUNNING,
            Instant.EPOCH,
            null,
            counts,
            null,
            null);
    return new KeyBatch(batch, "/keys", null);
  }
}
