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
    assertThat(version(1)).isNotEqualTo(version(0));
  }

  private static String version(int cancelled) {
    var id = new UUID(0, 1);
    var counts = new BatchCounts(3, 1, 1, 0, 0, 0, 0, cancelled, 0);
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
    return new KeyBatch(batch, "/keys", null).version();
  }
}
