package dev.keywheel.web.articles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.PoolCounts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the form of a new article says about the keys of the run. */
class PoolNoteTest {
  private static String sentence(PoolCounts counts) {
    return PoolNote.of(
            "sandbox",
            "Sandbox",
            counts,
            AssignmentSettings.DEFAULT,
            Optional.empty(),
            List.of(),
            List.of(),
            Instant.EPOCH)
        .sentence();
  }

  @Test
  void a_single_active_key_is_used_for_every_operation() {
    assertThat(sentence(new PoolCounts(1, 0, 0, 0)))
        .isEqualTo("Only 1 active key, fewer than 5. It is used for every operation.");
    assertThat(sentence(new PoolCounts(2, 0, 0, 0)))
        .isEqualTo("Only 2 active keys, fewer than 5. They are used in turn.");
  }
}
