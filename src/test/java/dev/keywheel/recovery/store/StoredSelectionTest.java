package dev.keywheel.recovery.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Json;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyTestOutcomeFilter;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The stored form of a selection, which nodes of other versions read and write. */
class StoredSelectionTest {
  private static final UUID BATCH = UUID.fromString("0190aaaa-0000-7000-8000-000000000001");

  @Test
  void a_selection_by_the_outcome_of_a_batch_keeps_its_stored_names() {
    var filter =
        KeyFilter.ALL.with(new KeyFilter.BatchOutcome(BATCH, KeyTestOutcomeFilter.NEWLY_FAILED));
    var selection = new BatchSelection(filter, false, Instant.parse("2026-12-01T10:00:00Z"));

    var stored = Json.jsonb(selection);

    assertThat(stored.data()).contains("\"tested\":{\"batch\":\"" + BATCH + "\",\"as\":");
    assertThat(Json.read(stored, BatchSelection.class)).isEqualTo(selection);
  }
}
