package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class RemainingDailyQuotaTest {
  private static final int LEFT = 50;

  @AutoClose private final TestPool t = new TestPool();

  @Test
  void every_active_key_counts_in_a_pool_that_is_not_large() {
    t.add(3);
    markCheckedToday();
    assertThat(t.pool.status().remainingDailyQuota(t.id))
        .isEqualTo(new RemainingDailyQuota(3 * LEFT, 3, 0, true));
  }

  @Test
  void only_the_keys_whose_turn_comes_next_count_in_a_large_pool() {
    t.add(RemainingDailyQuota.MAX_KEYS + 1);
    markCheckedToday();
    assertThat(t.pool.status().remainingDailyQuota(t.id))
        .isEqualTo(
            new RemainingDailyQuota(
                (long) RemainingDailyQuota.MAX_KEYS * LEFT,
                RemainingDailyQuota.MAX_KEYS,
                0,
                false));
  }

  @Test
  void only_the_keys_that_count_are_read_in_a_large_pool() {
    t.add("template");
    t.test.asOwner(
        """
        insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint, prefix, last_four,
            status, status_since, added_at)
        select gen_random_uuid(), workspace_id, provider, 'user' || n, data_key_id, ciphertext, sha256(n::text::bytea),
            prefix, last_four, status, status_since, added_at
        from api_keys cross join generate_series(1, 10000) n""");
    t.test.asOwner("analyze");
    long read =
        RowsRead.by(
            t.database, dsl -> RemainingDailyQuota.of(dsl, t.id, t.clock.instant()), "api_keys");
    assertThat(read).isBetween(500L, 510L);
  }

  private void markCheckedToday() {
    t.database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "update api_keys set last_tested_at = {0},"
                        + " facts = '{\"freeDailyRemaining\": 50}'",
                    t.clock.instant()));
  }
}
