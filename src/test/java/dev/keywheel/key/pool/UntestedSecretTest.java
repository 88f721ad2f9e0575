package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.Observations;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A key whose secret was replaced and has not been tested since. */
class UntestedSecretTest {
  @AutoClose private final TestPool t = new TestPool();

  @Test
  void an_inconclusive_test_of_a_replaced_secret_is_repeated_automatically() {
    UUID key = t.add("ada").getFirst();
    new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock)
        .replacements()
        .replace(t.admin, t.id, key, "sk-or-v1-the-new-secret-of-ada");
    var waits = new ArrayList<Long>();
    for (int i = 0; i < 9; i++) {
      t.clock.tick(Duration.ofSeconds(10));
      recordCheck(key, Observations.inconclusive(t.clock.instant()));
      Instant due = dueChecks().getFirst().at();
      waits.add(Duration.between(t.clock.instant(), due).toMinutes());
      t.clock.set(due);
    }
    assertThat(waits).containsExactly(1L, 1L, 2L, 5L, 11L, 23L, 47L, 60L, 60L);

    recordCheck(key, Observations.good(t.clock.instant(), Observations.facts()));

    assertThat(dueChecks()).isEmpty();
    recordCheck(key, Observations.inconclusive(t.clock.instant()));
    assertThat(dueChecks()).as("it was tested before").isEmpty();
  }

  @Test
  void a_key_that_is_disabled_and_enabled_again_is_still_tested() {
    UUID key = t.add("ada").getFirst();
    new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock)
        .replacements()
        .replace(t.admin, t.id, key, "sk-or-v1-the-new-secret-of-ada");
    recordCheck(key, Observations.inconclusive(t.clock.instant()));
    var one = Selection.of(List.of(key));

    t.edits(10).disable(t.admin, one);
    assertThat(dueChecks()).isEmpty();
    t.edits(10).enable(t.admin, one);

    assertThat(dueChecks())
        .singleElement()
        .extracting(Rechecks.DueCheck::at)
        .isEqualTo(t.clock.instant().plusSeconds(60));
  }

  private List<Rechecks.DueCheck> dueChecks() {
    return t.pool.rechecks().findDue(t.clock.instant().plus(Duration.ofDays(1)), 1, Set.of());
  }

  private void recordCheck(UUID key, CheckOutcome outcome) {
    var result = new KeyCheckResult(new KeyToTest(key, "ada", null, KeyStatus.ACTIVE, 2), outcome);
    t.recordChecks(List.of(result));
  }
}
