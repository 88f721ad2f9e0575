package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Tx;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.Observations;
import dev.keywheel.provider.Usage;
import dev.keywheel.support.TestKeys;
import dev.keywheel.support.TestPool;
import java.time.Instant;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class KeyRowsTest {
  private static final int KEYS = 300;

  @AutoClose private final TestPool t = new TestPool();

  @Test
  void tests_that_leave_keys_active_add_almost_no_index_entries() {
    Instant now = t.clock.instant();
    var facts = Observations.facts(null, null, false, false, null, null);
    var results =
        t.add(KEYS).stream()
            .map(key -> new KeyToTest(key, "key", null, KeyStatus.ACTIVE, 1))
            .map(key -> new KeyCheckResult(key, Observations.good(now, facts)))
            .toList();
    long withoutEntries =
        withoutEntries(tx -> t.pool.updater().recordChecks(tx, t.id, results, now, TestKeys.ACTOR));
    assertThat(withoutEntries).as("nearly all of " + KEYS).isGreaterThan(KEYS * 9 / 10);
  }

  @Test
  void calls_add_almost_no_index_entries() {
    Instant now = t.clock.instant();
    var keys = t.add(KEYS);
    long ofOne =
        withoutEntries(
            tx ->
                keys.forEach(
                    key -> t.pool.updater().recordUse(tx, key, true, Usage.NONE, 100, now)));
    assertThat(ofOne).as("nearly all of " + KEYS).isGreaterThan(KEYS * 9 / 10);
    var uses = keys.stream().map(key -> KeyUses.Use.of(key, true, Usage.NONE, 100, now)).toList();
    assertThat(withoutEntries(tx -> KeyUses.record(tx, uses.stream())))
        .as("nearly all of " + KEYS)
        .isGreaterThan(KEYS * 9 / 10);
  }

  private long withoutEntries(Consumer<Tx> updates) {
    return t.database.inTx(
        tx -> {
          updates.accept(tx);
          return tx.dsl()
              .fetchSingle(
                  """
                  select pg_stat_get_xact_tuples_hot_updated(c.oid) from pg_class c
                   where c.oid = 'api_keys'::regclass""")
              .get(0, long.class);
        });
  }
}
