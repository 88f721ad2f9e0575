package dev.keywheel.key.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rotation matches the keys after every kind of change. */
@Tag("full")
class RotationOrderTest {
  @AutoClose private final TestPool t = new TestPool();

  /** Enough executions for PostgreSQL to switch to a generic plan, if it ever does. */
  private static final int TIMES = 20;

  private final List<UUID> keys = t.add(4);

  @Test
  void a_key_that_may_not_be_used_keeps_its_place_in_the_rotation() {
    assign(keys);
    execute(
        "update api_keys set status = 'failed', usable_free = false, usable_paid = false", "key1");
    assertThat(usable()).containsExactly("key2", "key3", "key4");
    assign(keys.subList(1, 2));

    execute(
        "update api_keys set status = 'active', usable_free = true, usable_paid = true", "key1");

    assertThat(usable()).containsExactly("key1", "key3", "key4", "key2");
  }

  @Test
  void a_key_restored_from_the_trash_returns_to_its_place_in_the_rotation() {
    assign(keys);
    execute("update api_keys set deleted_at = now()", "key1");
    execute("update api_keys set provider = 'sandbox'", "key2");
    assertThat(usable()).containsExactly("key3", "key4");
    assertThat(t.pool.rotation().findAll(t.id, 10)).hasSize(2);

    execute("update api_keys set deleted_at = null", "key1");
    assertThat(usable()).containsExactly("key1", "key3", "key4");
    execute("delete from api_keys", "key3");

    assertThat(usable()).containsExactly("key1", "key4");
  }

  @Test
  void two_keys_that_swap_statuses_in_one_statement_swap_their_usability() {
    execute("update api_keys set status = 'failed', usable_free = false", "key1");

    t.test.asOwner(
        """
        update api_keys set status = case name when 'key1' then 'active' else 'failed' end, usable_free = name = 'key1'
         where name in ('key1', 'key2')""");

    assertThat(usable()).containsExactly("key1", "key3", "key4");
  }

  /** A node of the previous version writes only the old column. */
  @Test
  void an_assignment_by_the_previous_version_moves_and_counts_the_key() {
    assign(keys);
    execute("update api_keys set assigned_seq = nextval('rotation_seq')", "key1");

    assertThat(usable()).containsExactly("key2", "key3", "key4", "key1");
    assertThat(t.assignments(keys.getFirst())).isEqualTo(2);

    assign(keys);
    execute("update api_keys set status = 'failed', usable_free = false", "key1");
    execute("update api_keys set status = 'active', usable_free = true", "key1");

    assertThat(usable()).containsExactly("key1", "key2", "key3", "key4");
    assertThat(t.assignments(keys.getFirst())).isEqualTo(3);
  }

  @Test
  void a_small_pool_is_read_without_the_keys_of_a_large_one_beside_it() {
    t.test.disableAutovacuum();
    t.add(IntStream.rangeClosed(5, 100).mapToObj(i -> "key" + i).toArray(String[]::new));
    t.test.asOwner(
        """
        insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint, prefix, last_four, status,
            status_since, added_at)
        select gen_random_uuid(), workspace_id, 'sandbox', 'of the large pool ' || n, data_key_id, ciphertext,
            sha256(n::text::bytea), prefix, last_four, status, status_since, added_at
          from api_keys cross join generate_series(1, 20000) n where name = 'key1'""");
    assign(keys);
    t.test.asOwner("analyze");

    long read =
        RowsRead.by(
            t.database,
            dsl -> {
              for (int i = 0; i < TIMES; i++) {
                assertThat(KeyRotation.all(dsl, t.id, 300)).hasSize(100);
              }
            },
            "api_keys",
            "rotation_order");

    assertThat(read / TIMES).isLessThan(500);
  }

  private void assign(List<UUID> which) {
    t.database.runTx(
        tx -> {
          t.pool.rotation().lock(tx, t.id);
          t.pool.rotation().assign(tx, which);
        });
  }

  private List<String> usable() {
    return t
        .database
        .inTx(tx -> t.pool.rotation().findUsable(tx, t.id, ModelClass.FREE, Set.of(), 10))
        .stream()
        .map(ApiKey::name)
        .toList();
  }

  private void execute(String change, String key) {
    assertThat(t.test.asOwner(change + " where name = '" + key + "'")).isEqualTo(1);
  }
}
