package dev.keywheel.web.keys.list;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolState;
import dev.keywheel.provider.ModelClass;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the list of keys says about the keys of the next run. */
class PoolStripTest {
  private static String forecast(AssignmentSettings rule, PoolCounts counts) {
    var id = new PoolId(UUID.randomUUID(), "sandbox");
    var state = new PoolState(id, ModelClass.FREE, null, null, 1);
    return new PoolStrip.Pool("sandbox", "Sandbox", counts, null, null, null, rule, state)
        .forecast();
  }

  @Test
  void one_shared_key_is_singular() {
    assertThat(forecast(new AssignmentSettings(7, 1), new PoolCounts(1, 0, 0, 0)))
        .isEqualTo("1 key is shared by the operations of a run (7 needed).");
    assertThat(forecast(AssignmentSettings.DEFAULT, new PoolCounts(6, 0, 0, 0)))
        .isEqualTo("6 keys are shared by the operations of a run (7 needed).");
  }

  @Test
  void the_keys_of_a_run_are_those_that_the_settings_require() {
    assertThat(forecast(new AssignmentSettings(3, 1), new PoolCounts(13, 0, 0, 0)))
        .isEqualTo("Enough for 4 runs at once, each with 3 keys.");
    assertThat(forecast(AssignmentSettings.DEFAULT, new PoolCounts(8, 0, 0, 0)))
        .isEqualTo("Enough for 1 run, with 7 keys.");
  }

  @Test
  void a_test_is_announced_only_if_there_are_keys_to_test() {
    assertThat(forecast(AssignmentSettings.DEFAULT, new PoolCounts(2, 1, 0, 0)))
        .endsWith(": the next run first tests the limited and failed ones.");
    assertThat(forecast(AssignmentSettings.DEFAULT, new PoolCounts(2, 0, 0, 3)))
        .isEqualTo(
            "Fewer than 5 active keys, and no others to test: the operations of a run share them.");
  }
}
