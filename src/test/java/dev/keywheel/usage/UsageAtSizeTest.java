package dev.keywheel.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import dev.keywheel.usage.UsageQueries.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The usage of 12,000 keys on each of 10 days. */
@Tag("full")
class UsageAtSizeTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void the_keys_with_most_calls_are_found_without_reading_each_day_of_each_key(boolean analyzed) {
    try (var pool = new TestPool()) {
      pool.test.asOwner(
          """
          insert into usage_key_days (key_id, day, workspace_id, provider, key_name, calls, ok, failed, unknown, prompt_tokens,
              completion_tokens, cost, latency_ms)
          select md5(n::text)::uuid, date '%s' - d, '%s', 'openrouter', 'key ' || n,
              case when n = 2000 then 50 else 1 + (n * 7919 + d * 104729) %% 40 end, 1, 0, 0, 1, 1, n / 1e6, 1
          from generate_series(1, 12000) n cross join generate_series(0, 9) d"""
              .formatted(pool.clock.instant().toString().substring(0, 10), pool.workspace));
      if (analyzed) {
        pool.test.asOwner("analyze");
      } else {
        pool.test.setEmptyTableStatistics();
      }
      var range = UsageRange.days(30, pool.clock.instant());
      for (var order : Order.values()) {
        var top =
            pool.database.read(dsl -> UsageQueries.topKeys(dsl, pool.workspace, range, order, 50));
        assertThat(top).hasSize(50);
        var first = top.getFirst();
        assertThat(first.name()).isEqualTo(order == Order.CALLS ? "key 2000" : "key 12000");
        assertThat(first.totals().calls()).isEqualTo(order == Order.CALLS ? 500 : 175);
        long read =
            RowsRead.by(
                pool.database,
                dsl -> UsageQueries.topKeys(dsl, pool.workspace, range, order, 50),
                "usage_key_days");
        assertThat(read)
            .as("100 of each of 10 days, other keys each day, and 10 days of 200 keys")
            .isLessThan(10 * 101 + 10 * 200 + 100);
      }
    }
  }
}
