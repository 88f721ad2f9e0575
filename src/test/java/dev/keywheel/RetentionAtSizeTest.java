package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Tx;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Thousands of expired rows in tables that the planner takes for empty, as after a vacuum of the
 * empty tables: each is read a few times, and not once for each other one.
 */
class RetentionAtSizeTest {
  private static final int KEYS = 20;

  /** Of each key, which keeps its last 50. */
  private static final int EXPIRED = 100 * KEYS;

  private static TestPool pool;

  @BeforeAll
  static void fill() {
    pool = new TestPool();
    pool.add(KEYS);
    execute(
        """
        insert into key_changes (key_id, at, kind, actor)
        select id, {0}::timestamptz - n * interval '1 h', 'renamed', 'test'
          from api_keys, generate_series(150, 1, -1) n
        """);
    execute(
        """
        with made as (
          insert into recoveries (id, workspace_id, provider, trigger, state, started_at, ended_at)
          select gen_random_uuid(), {1}, 'openrouter', 'asked', 'done', at, at
            from generate_series(1, 150) n, lateral (select {0}::timestamptz - n * interval '1 h' as at)
          returning id, started_at)
        insert into key_tests (recovery_id, key_id, asked_at, from_status, result, ended_at)
        select made.id, k.id, started_at, 'active', 'active', started_at from made, api_keys k
        """);
    pool.test.takenForEmpty();
  }

  private static void execute(String sql) {
    pool.database.runTx(
        tx -> tx.dsl().execute(sql, pool.clock.instant().toString(), pool.workspace));
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"key_changes", "key_tests"})
  void each_expired_row_is_read_a_few_times(String kind) {
    var task =
        RetentionTasks.all(pool.audit).stream()
            .filter(each -> each.kind().equals(kind))
            .findFirst()
            .orElseThrow();
    long read =
        RowsRead.by(
            pool.database,
            dsl -> {
              var before = pool.clock.instant().plus(Duration.ofDays(1));
              var removed = task.part().remove(new Tx(dsl), pool.workspace, before, null, 5_000);
              assertThat(removed.count()).isBetween(EXPIRED, EXPIRED + KEYS);
            },
            kind);
    assertThat(read).isLessThan(6L * EXPIRED);
  }
}
