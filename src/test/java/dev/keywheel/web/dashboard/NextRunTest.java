package dev.keywheel.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.pool.RemainingDailyQuota;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.web.page.Severity;
import org.junit.jupiter.api.Test;

/** The dashboard's text about the next run while its pool is paused. */
class NextRunTest {
  private static final RemainingDailyQuota LEFT = new RemainingDailyQuota(0, 0, 0, true);

  @Test
  void a_run_of_a_paused_pool_waits_before_it_uses_the_active_keys() {
    assertPaused(9, 3, "9 active keys (7 needed)", "then uses these keys.");
    assertPaused(6, 3, "6 active keys (minimum 5)", "then uses these keys.");
    assertPaused(3, 0, "3 active keys (minimum 5)", "then uses these keys.");
  }

  @Test
  void a_run_of_a_paused_pool_with_too_few_active_keys_waits_before_it_tests_the_others() {
    assertPaused(
        2,
        1,
        "2 active keys (minimum 5)",
        "then tests 1 limited or failed key and uses those that work.");
    assertPaused(
        0,
        3,
        "No active keys (minimum 5)",
        "then tests 3 limited or failed keys and uses those that work.");
  }

  @Test
  void a_paused_pool_without_a_key_to_use_or_test_has_no_keys() {
    assertThat(paused(0, 0).label()).isEqualTo("No keys");
  }

  @Test
  void no_pool_is_shown_as_perfect_while_the_vault_is_sealed() {
    var counts = new PoolCounts(9, 0, 0, 0);
    var run = NextRun.of(counts, AssignmentSettings.DEFAULT, LEFT, true, true);
    assertThat(run.tone()).isEqualTo(Severity.BAD);
    assertThat(run.label()).isEqualTo("Sealed");
    assertThat(run.sentence()).startsWith("No key can be decrypted.");
  }

  private static void assertPaused(int active, int testable, String numbers, String then) {
    var run = paused(active, testable);
    assertThat(run.label()).isEqualTo("Paused");
    assertThat(run.numbers()).isEqualTo(numbers);
    assertThat(run.sentence())
        .isEqualTo("A run that starts now waits until the pause ends, " + then);
  }

  private static NextRun paused(int active, int testable) {
    var counts = new PoolCounts(active, 0, testable, 1);
    return NextRun.of(counts, AssignmentSettings.DEFAULT, LEFT, false, true);
  }
}
