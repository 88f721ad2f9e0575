package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.retention.RetentionTask;
import dev.keywheel.support.RandomAttempts;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Thousands of expired rows in tables that the planner assumes to be empty, because they were
 * vacuumed while empty: each row is read a few times, not once for every other row.
 */
@Tag("full")
class RetentionAtSizeTest {
  private static final int KEYS = 20;

  /** 100 of each key, of which the last 50 are kept. */
  private static final int EXPIRED = 100 * KEYS;

  @AutoClose private static final TestPool pool = new TestPool();

  @BeforeAll
  static void fill() {
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
    pool.test.setEmptyTableStatistics();
  }

  private static void execute(String sql) {
    pool.database.runTx(
        tx -> tx.dsl().execute(sql, pool.clock.instant().toString(), pool.workspace));
  }

  private static RetentionTask task(String kind) {
    return RetentionTasks.all(pool.audit).stream()
        .filter(each -> each.kind().equals(kind))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"key_changes", "key_tests"})
  void each_expired_row_is_read_only_a_few_times(String kind) {
    var task = task(kind);
    long read =
        RowsRead.by(
            pool.database,
            dsl -> {
              var before = pool.clock.instant().plus(Duration.ofDays(1));
              var removed = task.batch().remove(new Tx(dsl), pool.workspace, before, null, 5_000);
              assertThat(removed.count()).isBetween(EXPIRED, EXPIRED + KEYS);
            },
            kind);
    assertThat(read).isLessThan(6L * EXPIRED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"key_changes", "key_tests"})
  void no_keys_of_other_workspaces_are_read(String kind) {
    var other = UUID.randomUUID();
    var own = UUID.randomUUID();
    keys(other, 10_000, "lpad(n::text, 32, '0')::uuid"); // before all others in the order of ids
    keys(own, 2_000, "gen_random_uuid()");
    pool.test.asOwner("analyze api_keys");
    var remove = task(kind).batch();
    long read =
        RowsRead.by(
            pool.database,
            dsl -> remove.remove(new Tx(dsl), own, pool.clock.instant(), null, 100),
            "api_keys");
    assertThat(read).isLessThan(500);
    pool.test.asOwner(
        "delete from api_keys where workspace_id in ('%s', '%s')".formatted(other, own));
  }

  @Test
  void the_tests_of_one_large_batch_are_not_read_for_each_old_batch() {
    var own = UUID.randomUUID();
    keys(own, 5_000, "gen_random_uuid()");
    execute(
        """
        with made as (
          insert into recoveries (id, workspace_id, provider, trigger, state, started_at, ended_at)
          select gen_random_uuid(), '%1$s', 'openrouter', 'asked', 'done', at, at
            from generate_series(0, 50) n, lateral (select {0}::timestamptz - n * interval '1 h' as at)
          returning id, started_at)
        insert into key_tests (recovery_id, key_id, asked_at, from_status, result, ended_at)
        select made.id, k.id, started_at, 'active', 'active', started_at from made, api_keys k
         where started_at = {0}::timestamptz and k.workspace_id = '%1$s'
        """
            .formatted(own));
    pool.test.asOwner("analyze key_tests, recoveries");
    var before = pool.clock.instant().minus(Duration.ofMinutes(1));
    long read =
        RowsRead.by(
            pool.database,
            dsl ->
                assertThat(
                        task("recoveries")
                            .batch()
                            .remove(new Tx(dsl), own, before, null, 100)
                            .count())
                    .isEqualTo(50),
            "key_tests");
    assertThat(read).isLessThan(500);
    pool.test.asOwner("delete from api_keys where workspace_id = '%s'".formatted(own));
    pool.test.setEmptyTableStatistics();
  }

  private static void keys(UUID workspace, int number, String id) {
    execute(
        "insert into workspaces (id, name, created_at) values ('%s', 'o', now())"
            .formatted(workspace));
    execute(
        """
        insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint, prefix, last_four,
            status, status_since, added_at)
        select %s, '%s', provider, 'other' || n, data_key_id, ciphertext, sha256(n::text::bytea), prefix, last_four,
            status, status_since, added_at
          from (select * from api_keys limit 1) t, generate_series(1, %d) n
        """
            .formatted(id, workspace, number));
  }

  @Test
  void a_part_reads_little_more_than_its_limit_although_other_workspaces_have_more_replies() {
    var other = UUID.randomUUID();
    execute(
        "insert into workspaces (id, name, created_at) values ('%s', 'o', now())".formatted(other));
    replies(other, 1, 1_500); // 30 in each second, so that parts end within a second
    replies(pool.workspace, 1_501, 1_600);
    var remove = task("raw_replies").batch();
    var parts = new ArrayList<RemovedRows>();
    parts.add(new RemovedRows(0, "")); // a cursor as an earlier version stored it
    while (parts.getLast().next() != null) {
      long read =
          RowsRead.by(
              pool.database,
              dsl ->
                  parts.add(
                      remove.remove(
                          new Tx(dsl),
                          pool.workspace,
                          pool.clock.instant(),
                          parts.getLast().next(),
                          200)),
              "attempts");
      assertThat(read).isLessThan(200 + 2 * 30 + 3L * parts.getLast().count());
    }
    assertThat(parts.stream().mapToInt(RemovedRows::count).sum()).isEqualTo(100);
    assertThat(parts).hasSize(1 + 1_600 / 200 + 1);
  }

  private static void replies(UUID workspace, int from, int to) {
    var run =
        RandomAttempts.run(pool.database, pool.ids, workspace, "openrouter", pool.clock.instant());
    execute(
        """
        insert into attempts (run_id, ordinal, no, cause, key_id, key_name, model, state, request_hash, raw, sent_at)
        select '%s', 1, n, 'first', id, name, 'm', 'cancelled', '', '', {0}::timestamptz - interval '1 h' + n / 30 * interval '1 s'
          from generate_series(%d, %d) n, (select * from api_keys limit 1) k
        """
            .formatted(run, from, to));
  }
}
