package dev.keywheel.recovery.store;

import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class RecoveryRetentionTest {
  @AutoClose private final TestPool pool = new TestPool();

  @Test
  void batches_that_started_at_the_same_time_are_all_removed_in_one_pass() {
    pool.add("key1");
    pool.test.asOwner(
        """
        insert into recoveries (id, workspace_id, provider, trigger, state, started_at, ended_at)
        select gen_random_uuid(), workspace_id, provider, 'asked', 'done', added_at, added_at
          from api_keys, generate_series(1, 5)""");

    @Nullable String cursor = remove(null);
    for (int page = 1; cursor != null; page++) {
      assertThat(page).isLessThan(5);
      Instant.parse(cursor); // as a node of the previous version reads it
      cursor = remove(cursor);
    }

    assertThat(pool.database.<Integer>read(dsl -> dsl.fetchCount(RECOVERIES))).isZero();
  }

  @Test
  void a_cursor_of_a_version_that_stored_an_id_after_the_time_is_read() {
    assertThat(remove(pool.clock.instant() + " " + pool.ids.next())).isNull();
  }

  private @Nullable String remove(@Nullable String cursor) {
    var before = pool.clock.instant().plus(Duration.ofDays(1));
    return pool.database
        .inTx(tx -> RecoveryRetention.remove(tx, pool.workspace, before, cursor, 2))
        .next();
  }
}
