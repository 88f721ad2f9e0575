package dev.keywheel.recovery.store;

import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Tx;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class BatchAtSizeTest {
  /** Adds 50 batches of all keys. */
  private static final String FIFTY_BATCHES =
      """
      with made as (
        insert into recoveries (id, workspace_id, provider, trigger, state, started_at, ended_at)
        select gen_random_uuid(), workspace_id, provider, 'asked', 'done', added_at, added_at
          from (select * from api_keys limit 1) k, generate_series(1, 50)
        returning id)
      insert into key_tests (recovery_id, key_id, asked_at, from_status, result, ended_at)
      select made.id, k.id, added_at, 'active', 'active', added_at from made, api_keys k
      """;

  private static final int PAGE = 51;
  private static final UUID MIDDLE = UUID.fromString("80000000-0000-0000-0000-000000000000");

  @AutoClose private final TestPool pool = new TestPool();

  @Test
  void a_page_in_the_middle_of_a_batch_reads_its_own_keys() {
    pool.add("template");
    UUID batch = UUID.randomUUID();
    pool.test.asOwner(
        """
        insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint, prefix, last_four,
            status, status_since, added_at)
        select gen_random_uuid(), t.workspace_id, t.provider, 'user' || n, t.data_key_id, t.ciphertext, sha256(n::text::bytea),
            t.prefix, t.last_four, t.status, t.status_since, t.added_at
        from api_keys t cross join generate_series(1, 20000) n""");
    pool.test.asOwner(
        """
        insert into recoveries (id, workspace_id, provider, trigger, state, started_at)
        select '%1$s', workspace_id, provider, 'asked', 'done', added_at from api_keys limit 1;
        insert into key_tests (recovery_id, key_id, asked_at, from_status, result, ended_at)
        select '%1$s', id, added_at, 'active', 'active', added_at from api_keys;
        analyze"""
            .formatted(batch));
    long read =
        RowsRead.by(
            pool.database,
            dsl -> assertThat(RecoveryHistory.tests(dsl, batch, null, MIDDLE, PAGE)).hasSize(PAGE),
            "api_keys",
            "key_tests");
    assertThat(read).isLessThan(500);
  }

  /** The planner assumes that the tables are empty, because they were vacuumed while empty. */
  @Test
  void a_page_of_keys_reads_only_their_tests_while_the_planner_assumes_empty_tables() {
    List<UUID> keys = pool.add(200);
    pool.test.asOwner(FIFTY_BATCHES);
    pool.test.setEmptyTableStatistics();
    var page = keys.subList(0, 30);
    long read =
        RowsRead.by(
            pool.database,
            dsl -> assertThat(RecoveryHistory.recent(dsl, page, Instant.EPOCH)).hasSize(30),
            "key_tests",
            "recoveries");
    assertThat(read).as("50 tests of each key, and none of a batch").isLessThan(31 * 50);
  }

  /** The planner assumes that the tables are empty, because they were vacuumed while empty. */
  @Test
  void replaced_secrets_are_looked_up_in_the_tests_of_their_batch_only() {
    List<UUID> keys = pool.add(200);
    pool.test.asOwner(FIFTY_BATCHES);
    pool.test.asOwner(
        "update api_keys set secret_replaced_at = added_at where id = '%s'"
            .formatted(keys.getFirst()));
    UUID batch =
        pool.database.read(dsl -> dsl.selectFrom(RECOVERIES).limit(1).fetchSingle(RECOVERIES.ID));
    pool.test.setEmptyTableStatistics();
    var repository = new KeyTestRepository();
    assertThat(rowsReadToDropOutdated(repository, batch, keys))
        .as("one outdated result, and the counts of the batch")
        .isLessThan(4 * 200);
    assertThat(rowsReadToDropOutdated(repository, batch, keys))
        .as("no outdated result")
        .isLessThan(4 * 200);
    List<KeyToTest> waiting =
        pool.database.read(dsl -> repository.waiting(dsl, batch, new UUID(0, 0), 200));
    assertThat(waiting).extracting(KeyToTest::keyId).containsExactly(keys.getFirst());
  }

  private long rowsReadToDropOutdated(KeyTestRepository repository, UUID batch, List<UUID> keys) {
    return RowsRead.by(
        pool.database,
        dsl -> repository.dropOutdated(new Tx(dsl), batch, keys, false, pool.clock.instant()),
        "key_tests",
        "api_keys");
  }
}
