package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.Seeing;
import dev.keywheel.support.TestPool;
import java.time.Instant;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class KeyRowsTest {
  private static final int KEYS = 300;

  @AutoClose private final TestPool t = new TestPool();

  @Test
  void tests_that_leave_keys_active_make_hardly_an_entry_in_an_index() {
    Instant now = t.clock.instant();
    var facts = Seeing.facts(null, null, false, false, null, null);
    var results =
        t.add(KEYS).stream()
            .map(key -> new KeyToTest(key, "key", null, KeyStatus.ACTIVE, 1))
            .map(key -> new KeyCheckResult(key, Seeing.good(now, facts)))
            .toList();
    long withoutEntries =
        t.database.inTx(
            tx -> {
              t.pool.updater().recordChecks(tx, t.id, results, now, Actor.person("test"));
              return tx.dsl()
                  .fetchSingle(
                      """
                      select pg_stat_get_xact_tuples_hot_updated(c.oid) from pg_class c
                       where c.oid = 'api_keys'::regclass""")
                  .get(0, long.class);
            });
    assertThat(withoutEntries).as("nearly all of " + KEYS).isGreaterThan(KEYS * 9 / 10);
  }
}
